def write_summary(room, folder, started, ended):
    return []

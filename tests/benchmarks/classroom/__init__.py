"""A class over SSH under load: the server is a process; this one is all of its clients."""

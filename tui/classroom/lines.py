from tui.classroom.seat import Seat


class LinesSeat(Seat):
    pass

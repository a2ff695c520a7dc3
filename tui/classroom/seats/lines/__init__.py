"""A seat without a screen: the same class as plain lines, for `ssh -T`, dumb terminals and screen readers."""

from tui.classroom.seats.lines.seat import LinesSeat, handled

__all__ = ["LinesSeat", "handled"]

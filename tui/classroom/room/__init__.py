"""A class as a state machine: who is in it, what they may do, what comes of it. No screen, no clock, no network."""

from tui.classroom.room.room import Room

__all__ = ["Room"]

"""What keeps itself current while a class goes on, however many messages come."""

from __future__ import annotations

from textual.screen import Screen

REST = 0.25
"""Seconds between two drawings that nobody pressed a key for."""


class Current(Screen[None]):
    """A screen that shows the class. It is drawn at once when something happens, and then not for a while."""

    _rests = _is_stale = False

    def show_class(self) -> None:
        """Draw the class as it is now."""
        raise NotImplementedError

    def changed(self) -> None:
        """Something has happened in the class."""
        if self._rests:
            self._is_stale = True
            return
        self._rests = True
        self.show_class()
        self.set_timer(REST, self._rested)

    def _rested(self) -> None:
        self._rests = False
        if self._is_stale:
            self._is_stale = False
            self.changed()

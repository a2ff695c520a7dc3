"""The line that says how far something is: only on a terminal, only once it takes long, and gone at the end."""

from __future__ import annotations

import io
import sys

import pytest

from tests.cases.commands import run
from tui import progress
from tui.progress import Meter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def slow_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error, and the clock: each look at it is half a second later.

    No fixture, as pytest puts its own standard error back when a test begins.
    """
    found = Terminal()
    now = iter(number / 2 for number in range(10_000))
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    monkeypatch.setenv("TERM", "xterm")
    return found


def shown_in(text: str) -> list[str]:
    """Every line that was drawn, and an empty one for each time that it was taken away."""
    return text.split("\r\x1b[K")[1:]


def shown(terminal: Terminal) -> list[str]:
    return shown_in(terminal.getvalue())


def test_it_is_drawn_after_a_second_and_taken_away_before_anything_is_printed(monkeypatch):
    terminal = slow_terminal(monkeypatch)
    for number in progress.progress(range(5), 5, "check"):
        assert shown(terminal)[-1:] in ([], [""]), number
    assert [line.split()[-1] for line in shown(terminal) if line] == ["3/5", "4/5", "5/5"]
    assert shown(terminal)[0] == f"check [{'#' * 18}{'.' * 12}] 3/5"
    assert shown(terminal)[-1] == ""


def test_of_what_cannot_be_counted_the_seconds_are_told(monkeypatch):
    terminal = slow_terminal(monkeypatch)
    with Meter("looking") as meter:
        assert [meter.waits() for _ in range(5)] == [False] * 5
    assert shown(terminal) == ["looking .. 2 s", "looking .. 2 s", "looking .. 2 s", ""]


def test_what_raises_leaves_no_line(monkeypatch):
    terminal = slow_terminal(monkeypatch)

    def broken() -> None:
        with Meter("looking") as meter:
            for _ in range(5):
                meter.draw()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        broken()
    assert shown(terminal)[-1] == ""


@pytest.mark.parametrize("is_terminal, term", [(False, "xterm"), (True, "dumb")])
def test_where_it_could_not_be_taken_away_it_is_not_drawn(monkeypatch, is_terminal, term):
    terminal = slow_terminal(monkeypatch)
    monkeypatch.setattr(terminal, "isatty", lambda: is_terminal)
    monkeypatch.setenv("TERM", term)
    assert list(progress.progress(range(9), 9, "check")) == list(range(9))
    assert terminal.getvalue() == ""


def test_what_is_quick_draws_nothing(monkeypatch):
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(progress, "PATIENCE", 1e9)
    assert list(progress.progress(range(9), 9, "check")) == list(range(9))
    assert found.getvalue() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay", "scalar"),
        ("check", "scalar", "neuron"),
        ("doctor", "question", "--target", "W2", "--formula", "(a3 - y) @ x.T"),
    ],
)
def test_commands_draw_it_beside_their_output(monkeypatch, arguments):
    output = run(*arguments)[1]
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    monkeypatch.setattr(progress, "OFTEN", -1.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(io, "StringIO", Terminal)
    _, out, err = run(*arguments)
    assert out == output
    assert shown_in(err)[-1] == ""
    assert any(shown_in(err))

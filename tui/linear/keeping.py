"""Commands that take something in and out: files, and text to be copied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from tui.copying import piece_named, pieces
from tui.linear.sentences import change_lines
from tui.loading import read_weights
from tui.saving import LOG, save

if TYPE_CHECKING:
    from tui.linear.linear import Linear


def load(linear: Linear, path: str) -> Iterator[str]:
    """Put in the weights of a file, and say which array became what."""
    _require_files(linear)
    before, found = linear.state, read_weights(linear.state.program, path)
    linear.session.dispatch(found.action)
    yield from (f"{each}." for each in found.mapped)
    yield from change_lines(before, linear.state)


def saved(linear: Linear, path: str) -> Iterator[str]:
    """Write the session to a file."""
    _require_files(linear)
    written = save(linear.scenario, linear.session, path)
    yield f"Saved: chainstep {'--log ' if written.suffix == LOG else ''}{written} opens it."


def copied(linear: Linear, word: str) -> Iterator[str]:
    """The text of something to copy; without a word, what there is."""
    if not word:
        yield from (f"y {piece.word:8} {piece.label}" for piece in pieces(linear.state))
    else:
        yield piece_named(linear.state, word).make().rstrip("\n")


def _require_files(linear: Linear) -> None:
    if not linear.may_read_files:
        raise Diagnostic("no_files", "files are neither read nor written: this chainstep runs without them")

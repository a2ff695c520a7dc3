"""Loading weights from a file that is named at the keyboard, as edits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from textual.widgets import Static

from engine import Diagnostic
from engine.scenario import load
from engine.session import Log, Session, actions
from tests.tui.screens import debugging, screen_text
from tests.tui.test_linear import conversation
from tui import loading
from tui.app import DebuggerApp
from tui.loading import read_weights
from tui.screens.load import LoadScreen

W2 = np.array([[0.25, -0.5], [0.125, 0.75], [-1.0, 0.5]])
W3 = np.array([[0.5, 1.5, -0.25], [0.75, -0.125, 2.0]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """As Keras saves them: in×out, the transposes of the program's."""
    path = tmp_path / "layer.npz"
    np.savez(path, **{"dense/kernel": W2.T, "dense_1/kernel": W3.T.astype(np.float32)})
    return path


def said(app: DebuggerApp) -> str:
    return str(app.screen.query_one("#load-text", Static).content)


async def test_it_says_what_becomes_what_before_it_is_put_in(file: Path) -> None:
    async with debugging(["ctrl+l"]) as (app, pilot):
        app.screen.query_one("#path").value = str(file)
        await pilot.press("enter")
        assert "dense/kernel 2×3 float64 → W2 3×2, transposed" in said(app)
        assert "dense_1/kernel 3×2 float32 → W3 2×3, transposed" in said(app)
        assert not app.session.log.records
        await pilot.press("enter")
        assert not isinstance(app.screen, LoadScreen)
        np.testing.assert_array_equal(app.state.program.inputs["W2"], W2)
        np.testing.assert_array_equal(app.state.program.inputs["W3"], W3)


async def test_they_are_edits_so_that_a_log_replays_without_the_file(file: Path) -> None:
    async with debugging(["ctrl+l"]) as (app, pilot):
        app.screen.query_one("#path").value = str(file)
        await pilot.press("enter", "enter")
        data = b"".join(app.session.log.lines())
    file.unlink()
    assert str(file).encode() not in data
    log = Log.loads(data)
    assert [type(record.action) for record in log.records] == [actions.SetValues]
    replayed = Session.replayed(load("question").opening, log)
    np.testing.assert_array_equal(replayed.state.program.inputs["W3"], W3)


async def test_all_of_a_file_is_undone_at_once(file: Path) -> None:
    async with debugging(["ctrl+l"]) as (app, pilot):
        before = app.state.program
        app.screen.query_one("#path").value = str(file)
        await pilot.press("enter", "enter", "u")
        assert app.state.program is before
        assert not app.state.past


async def test_another_path_is_read_anew(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    np.savez(other, W2=2 * W2)
    async with debugging(["ctrl+l"]) as (app, pilot):
        app.screen.query_one("#path").value = str(file)
        await pilot.press("enter")
        app.screen.query_one("#path").value = str(other)
        await pilot.press("enter")
        assert "W2 3×2 float64 → W2 3×2" in said(app)
        assert not app.session.log.records


@pytest.mark.parametrize("name", ["none.npz", "model.pt", "", "~nobody-of-this-name/layer.npz"])
async def test_what_cannot_be_read_is_said_and_what_was_typed_stays(name: str, tmp_path: Path) -> None:
    path = str(tmp_path / name) if name and name[0] != "~" else name
    async with debugging(["ctrl+l"]) as (app, pilot):
        app.screen.query_one("#path").value = path
        await pilot.press("enter")
        assert isinstance(app.screen, LoadScreen)
        assert app.screen.query_one("#path").value == path
        assert any(word in said(app) for word in ("read", "no such", "missing", "home folder", "No such"))


def test_shapes_that_do_not_fit_and_too_many_numbers_are_refused(tmp_path, file, monkeypatch):
    program = load("question").opening.program
    wrong = tmp_path / "wrong.npz"
    np.savez(wrong, W2=np.ones((4, 4)), W3=np.ones((5, 5)))
    with pytest.raises(Diagnostic) as problem:
        read_weights(program, str(wrong))
    assert "4×4" in problem.value.message
    monkeypatch.setattr(loading, "MAX_ENTRIES", 5)
    with pytest.raises(Diagnostic) as problem:
        read_weights(program, str(file))
    assert problem.value.code == "too_large"


async def test_where_files_are_somebody_elses_none_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DebuggerApp, "may_read_files", False)
    async with debugging(["ctrl+l"]) as (app, _):
        assert not isinstance(app.screen, LoadScreen)
        assert "files are neither read nor written" in screen_text(app)


def test_the_linear_mode_loads_and_says_what_became_what(file):
    text = conversation(f"load {file}", "load", "v W2")
    assert "dense/kernel 2×3 float64 → W2 3×2, transposed" in text
    assert "row 2: -1, 0.5000" in text or "row 2: -1.0000, 0.5000" in text
    assert "The path of a file is missing" in text

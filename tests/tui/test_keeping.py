"""Nothing is lost: sessions are saved and gone on from, leaving asks once, and an error is a line."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import numpy as np
import pytest

from engine import Layout
from engine.diagnostics import Diagnostic
from engine.scenario import Replay, load
from engine.session import Session, actions
from tests.tui.screens import debugging, screen_text
from tui.app import DebuggerApp, app_for
from tui.cli import main
from tui.journal import MAX_FILES, Journal, left_behind
from tui.linear import Linear, converse
from tui.saving import read_log, save, scenario_of_log, source_of
from tui.screens.confirm import ConfirmScreen
from tui.screens.debugger import DebuggerScreen
from tui.screens.save import SaveScreen

CHANGE = actions.Edit(name="W2", at=[0, 1], value=0.75)


def session_with(*done: actions.AnyAction) -> Session:
    scenario = load("question")
    session = Session(scenario.opening, scenario.title, source=source_of(scenario))
    for action in done:
        session.dispatch(action)
    return session


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


# ---- notes --------------------------------------------------------------------------------------


async def test_a_note_is_said_kept_and_said_again_where_the_session_is_replayed() -> None:
    async with debugging(["n", "semicolon", *"{a} = W3ᵀ [b] $x"]) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert app.state.say == "{a} = W3ᵀ [b] $x"
        assert "{a} = W3ᵀ [b] $x" in screen_text(app)
        assert app.has_unsaved_changes
        await pilot.press("ctrl+s", "enter")
        await pilot.pause()
        assert not app.has_unsaved_changes
    recorded = load("question-session1.toml")
    assert recorded.script == (actions.Step(), actions.Note(say="{a} = W3ᵀ [b] $x"))


async def test_an_empty_note_is_none() -> None:
    async with debugging(["semicolon", "space", "enter"]) as (app, _):
        assert isinstance(app.screen, DebuggerScreen)
        assert app.session.log.records == []


def test_a_note_is_written_in_the_linear_mode() -> None:
    output = io.StringIO()
    linear = Linear(load("question"), output)
    linear.run(io.StringIO("n\nnote rows follow a3\nsave mine\n"))
    assert "Noted: rows follow a3" in output.getvalue()
    assert load("mine.toml").script[-1] == actions.Note(say="rows follow a3")


# ---- recordings that begin anywhere --------------------------------------------------------------


async def test_a_recording_begins_where_the_session_is_and_saving_writes_its_script() -> None:
    async with debugging(["t", "up", "enter", "n", "n", "l", "g", "w"]) as (app, pilot):
        await pilot.press(*"delta3", "enter", "escape", "M")
        await pilot.press(*["backspace"] * 40, *"mine", "enter")
        await pilot.pause()
        assert "recording from here" in app.last_message
        begun = load("mine.toml")
        assert begun.script == ()
        loss = app.state.loss
        assert begun.opening.loss == loss != load("question").opening.loss
        assert (app.state.cursor, app.state.view.layout, app.state.watches) == (2, Layout.NUMERATOR, ("delta3",))
        assert "step 2/" in screen_text(app)
        await pilot.press("u")
        assert "no edit has been made" in app.last_message
        await pilot.press("n", "semicolon", *"So.", "enter", "ctrl+s")
        assert app.screen.query_one("#save-name").value == "mine.toml"
        await pilot.press("enter")
        await pilot.pause()
        assert "saved: chainstep mine.toml" in app.last_message
        wanted = app.state
    replay = Replay(load("mine.toml"), answers=False)
    assert all(event.ok for event in replay)
    found = replay.session.state
    assert (found.view, found.cursor, found.say, found.watches) == (wanted.view, 3, "So.", wanted.watches)
    assert found.values["W2"].tobytes() == wanted.values["W2"].tobytes()


async def test_a_recording_that_breaks_off_is_gone_on_from() -> None:
    async with debugging(["g", "M"]) as (app, pilot):
        app.begin_journal()
        await pilot.press("enter", "n", "g")
        await pilot.pause()
        wanted = app.state
        assert app.journal is not None
        app.journal.close()
    log = read_log(str(app.journal.path))
    scenario = scenario_of_log(log)
    found = Session.replayed(scenario.opening, log).state
    assert (found.cursor, found.loss) == (1, wanted.loss)


async def test_a_recording_is_a_scenario_and_overwrites_only_what_is_said_twice() -> None:
    Path("there.toml").write_text("mine")
    async with debugging(["M", *["backspace"] * 40, *"x.jsonl", "enter"]) as (app, pilot):
        assert "a recording is a scenario" in screen_text(app)
        await pilot.press(*["backspace"] * 40, *"there", "enter")
        assert "Enter once more overwrites it" in screen_text(app)
        assert Path("there.toml").read_text() == "mine"
        await pilot.press("enter")
        await pilot.pause()
        assert load("there.toml").title == load("question").title


# ---- saving --------------------------------------------------------------------------------------


def test_a_scenario_that_is_saved_replays_to_the_same_state() -> None:
    session = session_with(actions.Step(), CHANGE, actions.Update(), actions.SetLayout(layout=Layout.NUMERATOR))
    path = save(load("question"), session, "mine")
    assert path.name == "mine.toml"
    replay = Replay(load(path), answers=False)
    assert all(event.ok for event in replay)
    np.testing.assert_array_equal(replay.session.state.values["W2"], session.state.values["W2"])
    assert replay.session.state.view == session.state.view


def test_a_log_that_is_saved_is_gone_on_from() -> None:
    session = session_with(actions.Step(count=2), CHANGE)
    path = save(load("question"), session, "mine.jsonl")
    log = read_log(str(path))
    scenario = scenario_of_log(log)
    assert scenario.name == "question"
    again = Session.replayed(scenario.opening, log)
    assert again.state.cursor == 2
    np.testing.assert_array_equal(again.state.values["W2"], session.state.values["W2"])


def test_a_log_of_a_file_finds_the_file_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(load("question"), session_with(actions.Step()), "mine.toml")
    scenario = load("mine.toml")
    session = Session(scenario.opening, scenario.title, source=source_of(scenario))
    session.dispatch(CHANGE)
    path = save(scenario, session, "mine.jsonl").absolute()
    monkeypatch.chdir(tmp_path)
    assert scenario_of_log(read_log(str(path))).title == scenario.title


def test_the_log_of_another_scenario_is_refused() -> None:
    save(load("question"), session_with(CHANGE), "mine.jsonl")
    with pytest.raises(Diagnostic, match="another scenario than neuron"):
        scenario_of_log(read_log("mine.jsonl"), "neuron")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "bad_value"), ("  ", "bad_value"), ("mine.txt", "bad_value"), ("folder/", "bad_value"),
     ("\0.toml", "unwritable"), ("there.toml", "exists")],
)  # fmt: skip
def test_a_name_that_cannot_be_written_is_refused_with_a_word(typed: str, code: str) -> None:
    Path("there.toml").write_text("mine")
    with pytest.raises(Diagnostic) as raised:
        save(load("question"), session_with(CHANGE), typed)
    assert raised.value.code == code
    assert Path("there.toml").read_text() == "mine"


async def test_a_file_that_is_there_is_overwritten_after_a_second_enter_only() -> None:
    Path("question-session1.toml").write_text("mine")
    Path("a.toml").write_text("mine")
    async with debugging(["n", "ctrl+s"]) as (app, pilot):
        assert isinstance(app.screen, SaveScreen)
        assert "question-session2.toml" in screen_text(app)
        await pilot.press("ctrl+u", *"a.toml", "enter")
        assert "Enter once more overwrites it" in screen_text(app)
        assert Path("a.toml").read_text() == "mine"
        await pilot.press("x", "backspace", "enter")  # another name in between: asked again
        assert Path("a.toml").read_text() == "mine"
        await pilot.press("enter")
        assert isinstance(app.screen, DebuggerScreen)
        assert "saved: chainstep" in app.last_message
    assert load("a.toml").title == load("question").title


def test_the_linear_mode_saves_and_opens(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    converse(Linear(load("question")), io.StringIO("n\ne W2[0,1] = 0.75\nsave mine.jsonl\nsave mine.jsonl\n"), output)
    assert "Saved: chainstep --log mine.jsonl opens it." in output.getvalue()
    assert "There is a file mine.jsonl already" in output.getvalue()
    monkeypatch.setattr("sys.stdin", io.StringIO("v W2\nq\n"))
    assert main(["--linear", "--log", "mine.jsonl"]) == 0
    said = capsys.readouterr().out
    assert "step 1 of 3" in said
    assert "0.75" in said


@pytest.mark.parametrize("content", [b"", b"{}\n", b"no log\n", None])
def test_what_is_no_log_is_one_diagnostic(content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    if content is not None:
        Path("x.jsonl").write_bytes(content)
    assert main(["--linear", "--log", "x.jsonl"]) == 2
    assert capsys.readouterr().err.startswith("error[")


# ---- leaving -------------------------------------------------------------------------------------


async def test_q_leaves_at_once_where_nothing_was_changed() -> None:
    async with debugging(["n", "l", "q"]) as (app, _):
        assert app.return_code == 0


async def test_q_asks_once_where_changes_are_not_saved() -> None:
    async with debugging(["g", "q"]) as (app, pilot):
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("escape", "n")
        assert app.state.cursor == 1
        await pilot.press("q", "q")
        assert app.return_code == 0


async def test_ctrl_q_over_the_question_leaves_too() -> None:
    async with debugging(["g", "ctrl+q", "ctrl+q"]) as (app, _):
        assert app.return_code == 0


async def test_what_is_undone_or_saved_is_not_asked_about() -> None:
    async with debugging(["g", "u", "q"]) as (app, _):
        assert app.return_code == 0
    async with debugging(["g", "q", "s"]) as (app, pilot):
        await pilot.pause()
        await pilot.press("enter", "q")
        assert app.return_code == 0
    assert list(Path().glob("*.toml"))


async def test_what_a_lesson_changes_is_not_asked_about() -> None:
    app = app_for(load("tour"))
    async with app.run_test() as pilot:
        while app.state.program is app.state.opening[0]:
            await pilot.press("space")
        await pilot.press("q")
        assert app.return_code == 0


async def test_q_in_a_list_closes_the_list_and_not_the_app() -> None:
    async with debugging(["t", "q"]) as (app, _):
        assert isinstance(app.screen, DebuggerScreen)
        assert app.return_code is None


# ---- the journal ---------------------------------------------------------------------------------


def test_the_journal_is_private_grows_with_the_session_and_goes_with_a_clean_exit() -> None:
    session = session_with(actions.Step())
    journal = Journal.begin(session)
    assert journal is not None
    record = session.log.append(CHANGE, "user")
    assert journal.record(record)
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    assert [each.action for each in read_log(str(journal.path)).records] == [actions.Step(), CHANGE]
    assert left_behind() == []  # it is in use
    journal.end()
    assert not journal.path.exists()


def leave(*done: actions.AnyAction) -> Path:
    journal = Journal.begin(session_with(*done))
    assert journal is not None
    journal.close()
    return journal.path


def test_only_logs_in_which_something_was_changed_are_offered_the_latest_first() -> None:
    steps = leave(actions.Step())
    first, second = leave(CHANGE), leave(CHANGE, actions.Update())
    first.rename(first.with_name("20000101-000000-1-1.jsonl"))
    assert [len(left.log.records) for left in left_behind()] == [2, 1]
    assert not steps.exists()
    assert second.exists()


def test_the_number_of_logs_and_their_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(MAX_FILES + 3):
        path = leave(CHANGE)
    assert len(list(path.parent.iterdir())) == MAX_FILES
    monkeypatch.setattr("tui.journal.MAX_BYTES", 300)
    session = session_with()
    journal = Journal.begin(session)
    assert journal is not None
    kept = [journal.record(session.log.append(CHANGE, "user")) for _ in range(20)]
    assert kept[0]
    assert not kept[-1]
    assert journal.path.stat().st_size <= 300
    assert len(read_log(str(journal.path)).records) == sum(kept)


def test_where_no_journal_can_be_written_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert Journal.begin(session_with()) is None
    assert left_behind() == []


async def test_a_session_that_broke_off_is_gone_on_from() -> None:
    path = leave(actions.Step(), CHANGE)
    (left,) = left_behind()
    app = app_for(load("neuron"))
    app.greetings.append(app.offer(left))
    app.begin_journal()
    async with app.run_test(size=(132, 40)) as pilot:
        assert "2 actions, just now" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.state.values["W2"][0, 1] == 0.75
        assert app.lesson_title == load("question").title
        assert "Why do my dimensions" in screen_text(app)
        assert not path.exists()
        assert app.journal is not None
        await pilot.press("n")
        assert len(read_log(str(app.journal.path)).records) == 3
        assert app.has_unsaved_changes
        await pilot.press("space")  # its lesson goes on as well
        assert app.lesson.position > 0
        app.journal.end()


async def test_a_lesson_is_gone_on_from_where_it_was_left() -> None:
    app = app_for(load("tour"))
    async with app.run_test() as pilot:
        await pilot.press("space", "space", "space", "b", "space", "space")
        position, log = app.lesson.position, app.session.log
    again = app_for(load("tour"))
    again.adopt(load("tour"), Session.replayed(load("tour").opening, log))
    assert again.lesson.position == position
    assert again.lesson._records == app.lesson._records


async def test_not_now_keeps_the_log_and_d_throws_it_away() -> None:
    path = leave(CHANGE)
    for key, is_kept in (("escape", True), ("d", False)):
        app = app_for(load("question"))
        app.greetings.append(app.offer(left_behind()[0]))
        async with app.run_test() as pilot:
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, DebuggerScreen)
        assert path.exists() is is_kept


async def test_a_log_that_no_longer_fits_stays_and_says_so() -> None:
    path = leave(CHANGE)
    path.write_bytes(path.read_bytes().replace(b'"digest":"', b'"digest":"0'))
    app = app_for(load("question"))
    app.greetings.append(app.offer(left_behind()[0]))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "cannot be gone on from" in app.last_message
    assert path.exists()


def test_an_unexpected_error_is_one_line_with_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: object) -> None:
        raise ZeroDivisionError("oh")

    run = DebuggerApp.run
    monkeypatch.delenv("CHAINSTEP_DEBUG", raising=False)
    monkeypatch.setattr("tui.start.why_not_drawn", lambda: "")
    monkeypatch.setattr(DebuggerScreen, "on_mount", fail)
    monkeypatch.setattr(DebuggerApp, "run", lambda self: run(self, headless=True))
    assert main(["question"]) == 70
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    assert said.err.count("\n") == 1
    assert "internal error (ZeroDivisionError: oh)" in said.err
    path = said.err.split("chainstep --log ")[1].split()[0]
    assert Path(path).exists()

"""With --no-files whoever sits at the app, or types its lines, reads and writes nothing of the machine's."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.screens import debugging, screen_text
from tests.tui.test_fitting import terminal
from tui.cli import main
from tui.screens.debugger import DebuggerScreen

ROOT = Path(__file__).parents[2]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("arguments", [["question"], ["question", "--no-files"]], ids=["with", "without"])
def test_a_session_leaves_neither_a_journal_nor_a_choice_behind(tmp_path: Path, arguments: list[str]) -> None:
    with terminal(tmp_path, *arguments) as screen:
        screen.until(b"quit")
        for key, answer in ((b"n", b"step 1"), (b"T", b"light")):
            os.write(screen.fd, key)
            screen.until(answer)
        kept = files(tmp_path)
    if "--no-files" in arguments:
        assert kept == set()
    else:  # what would be there
        assert "config.toml" in kept
        assert any(name.endswith(".jsonl") for name in kept)


async def test_saving_and_loading_say_that_there_are_no_files() -> None:
    async with debugging() as (app, pilot):
        app.may_read_files = False
        for key in ("ctrl+s", "ctrl+l"):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, DebuggerScreen)
            assert "files" in app.last_message
        await pilot.press("g", "q")  # the question before leaving does not offer it either
        await pilot.pause()
        assert "leave?" in screen_text(app)
        assert "saves" not in screen_text(app)


def test_plain_lines_neither_read_nor_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINSTEP_NO_FILES", "1")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\nsave mine.toml\nload /etc/hostname.npz\nq\n"))
    assert main(["question", "--linear"]) == 0
    said = capsys.readouterr().out
    assert "step 1 of 3" in said
    assert said.count("Files are neither read nor written: this chainstep runs without them") == 2
    assert not (tmp_path / "mine.toml").exists()


def test_what_the_command_line_names_is_read_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "mine.jsonl"
    for arguments, typed in ((["question"], f"n\nsave {log}\nq\n"), (["--no-files", "--log", str(log)], "q\n")):
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli", *arguments, "--linear"], cwd=ROOT, input=typed, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
    assert "step 1 of 3" in done.stdout

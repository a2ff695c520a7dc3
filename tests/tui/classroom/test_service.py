"""The server in the terminal that it was started in: the teacher's screen there, and what it leaves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tui.classroom.clients.openssh import SSH, InTerminal, run_ssh, ssh_environment
from tests.tui.classroom.clients.server import ROOT, Served, free_port
from tests.tui.classroom.clients.terminal import on_step


@contextmanager
def taught_here(folder: Path) -> Iterator[tuple[InTerminal, Served]]:
    """A server with the teacher's screen."""
    port = free_port()
    command = [sys.executable, "-m", "tui.cli", "serve", "question", "--state", str(folder), "--port", str(port)]
    environment = ssh_environment(TERM="xterm-256color", PYTHONPATH=str(ROOT), XDG_CONFIG_HOME=str(folder / "config"))
    with InTerminal(command, (100, 30), environment) as teacher:
        teacher.sees("you lead")
        yield teacher, Served(teacher.process, port, folder)


def test_the_class_is_ended_by_q_and_its_logs_are_there_until_ctrl_c(tmp_path: Path) -> None:
    with taught_here(tmp_path / "state") as (teacher, server):
        with SSH(server, "ada") as ada:
            ada.sees("you follow teacher")
            ada.press("d")
            ada.sees("a session of your own")
            ada.press("n")
            ada.sees(on_step(1))
            teacher.press("q")
            teacher.sees("end the class?")
            teacher.press("e")
            ada.ends()
            assert "log > mine.jsonl" in ada.screen.text.replace("\n", "")
        teacher.sees("Ctrl-C ends the server now.")
        assert teacher.screen.is_given_back
        assert run_ssh(server, "log", name="ada").returncode == 0
        teacher.press("\x03")
        assert teacher.ends() == 0
        assert teacher.screen.text.count("written:") == 3


def test_who_stops_the_server_reads_what_a_teacher_has_to_know_and_not_what_students_have(tmp_path: Path) -> None:
    with taught_here(tmp_path / "state") as (teacher, server), SSH(server, "ada") as ada:
        ada.sees("you follow teacher")
        os.kill(server.process.pid, 15)
        assert teacher.ends() == 0
        ada.ends()
        assert "Come back with the same name" in ada.screen.text.replace("\n", "")
        said = teacher.screen.text.replace("\n", "")
        assert "The server has been stopped." in said
        assert "written:" in said
        assert "Come back" not in said

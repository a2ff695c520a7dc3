"""`chainstep serve` says what is wrong with what it was given, before anybody comes."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.tui.classroom.clients.server import free_port
from tui.cli import main


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said to somebody who starts a server so."""
    assert main(["serve", "question", "--no-screen", "--state", str(folder / "state"), *arguments]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("host", ["10.9.8.7", "no.such.host.invalid"])
def test_a_host_that_is_not_this_machines_is_what_is_wrong_and_not_the_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    said = refused(tmp_path, capsys, "--host", host, "--port", str(free_port()))
    assert f"cannot listen on {host}" in said
    assert "--host takes an address of this machine" in said
    assert "--port" not in said


def test_where_somebody_listens_already_another_port_is_what_helps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused(tmp_path, capsys, "--port", str(taken.getsockname()[1]))
    assert "choose another with --port" in said
    assert "--host" not in said


@pytest.mark.parametrize("minutes", ["0", "-5", "nan"])
def test_nobody_is_let_go_at_once_or_never_by_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], minutes: str
) -> None:
    said = refused(tmp_path, capsys, "--idle", minutes)
    assert f"not {minutes}" in said
    assert "--idle 60" in said


def test_without_a_broker_it_is_not_promised_that_the_class_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(tmp_path, capsys, "--broker", f"redis://127.0.0.1:{free_port()}")
    assert "no class can begin" in said
    assert "redis-server" in said
    assert "goes on where it was" not in said

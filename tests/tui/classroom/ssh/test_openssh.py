"""A class as OpenSSH's own client finds it: who comes in, what is refused, what is drawn where, and leaving."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.scenario import load
from engine.session import Log, Session
from tests.tui.classroom.clients.openssh import SSH, new_key, run_ssh, ssh_options
from tests.tui.classroom.clients.server import Served, free_port, served, wait_until
from tests.tui.classroom.clients.terminal import ESC, F2, F4, on_step

CODE = "kivo-tepa-rumi-92"
NO_COMMANDS = b"runs no commands; there are no files to copy"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Where everybody on this machine comes in by name."""
    with served(tmp_path_factory.mktemp("open") / "state") as server:
        yield server


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys `teacher`, `student` and `stranger`, and the files of who may teach and come in."""
    folder = tmp_path_factory.mktemp("keys")
    lines = {name: new_key(folder / name) for name in ("teacher", "student", "stranger")}
    (folder / "teachers").write_text(lines["teacher"])
    (folder / "students").write_text(lines["student"])
    return folder


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[Served]:
    """Where a code or a key is needed."""
    folder = tmp_path_factory.mktemp("guarded") / "state"
    arguments = ["--code", CODE, "--teachers", str(keys / "teachers"), "--students", str(keys / "students")]
    with served(folder, *arguments) as server:
        yield server


# ---- who comes in ----------------------------------------------------------------------------------------------------


def test_an_open_server_lets_in_by_name_and_a_lone_esc_closes_what_is_open(opened: Served) -> None:
    with SSH(opened, "ada") as ada:
        ada.sees(on_step(0))
        ada.press("n")
        ada.sees(on_step(1))
        ada.press("t")
        ada.sees("W2")
        opened_dialog = ada.screen.text
        ada.press(ESC)
        ada.sees(lambda text: text != opened_dialog and "1/3" in text)
        ada.press(F4)
        assert "ada" in ada.sees("1 here")
        ada.press("q")
        assert ada.ends() == 0
        assert ada.screen.is_given_back
        assert "You have left" in ada.screen.text


def test_the_code_lets_in_and_the_word_gives_back_the_place(guarded: Served) -> None:
    with SSH(guarded, "bob") as bob:
        bob.sees("Class code:")
        bob.press(CODE.upper().replace("-", " ") + "\r")
        bob.sees(on_step(0))
        bob.press("nn")
        bob.sees(on_step(2))
        bob.press(F4)
        found = re.search(r"come back as you: (\S+)", bob.sees("to come back as you"))
        assert found
        bob.kill()
    with SSH(guarded, "bob") as bob:
        bob.sees("Class code:")
        bob.press(CODE + "\r")
        bob.sees("Your word for coming back")
        bob.press(found[1] + "\r")
        bob.sees(on_step(2))
    with SSH(guarded, "bob") as somebody_else:
        somebody_else.sees("Class code:")
        somebody_else.press(CODE + "\r")
        somebody_else.sees("Your word for coming back")
        somebody_else.press("\r")
        somebody_else.sees(on_step(0))
        somebody_else.press(F4)
        somebody_else.sees("bob 2")


def test_by_code_and_word_a_log_is_fetched_while_its_owner_goes_on(guarded: Served) -> None:
    with SSH(guarded, "lou") as lou:
        lou.sees("Class code:")
        lou.press(CODE + "\r")
        lou.sees("a session of your own")
        lou.press("n")
        lou.sees(on_step(1))
        lou.press(F4)
        found = re.search(r"come back as you: (\S+)", lou.sees("to come back as you"))
        assert found
        options = [*ssh_options(), "-T"]
        with SSH(guarded, "lou", options=options, command=["log"]) as second:
            second.sees("Class code:")
            second.press(CODE + "\r")
            second.sees("Your word for coming back")
            second.press(found[1] + "\r")
            assert second.ends() == 0
            assert b'"type":"header"' in second.screen.raw
        lou.press("n")
        lou.sees(on_step(2))


def test_three_wrong_codes_end_the_connection(tmp_path: Path) -> None:
    with served(tmp_path / "state", "--code", CODE) as server, SSH(server, "eve") as eve:
        for tried in range(3):
            eve.sees(lambda text, tried=tried: text.count("Class code:") > tried)  # type: ignore[misc]
            eve.press(f"kivo-tepa-rumi-9{tried + 3}\r")
        assert eve.ends() == 255
        assert "that was the last try; ask the teacher" in eve.screen.text
        assert "step 0/" not in eve.screen.text


def test_after_a_wrong_code_it_is_said_that_it_was_wrong_and_where_to_find_the_right_one(guarded: Served) -> None:
    with SSH(guarded, "una", options=ssh_options(level="INFO")) as una:
        assert "not the class code" not in una.sees("Class code:")
        una.press("kivo-tepa-rumi-93\r")
        assert "ask the teacher" in una.sees("That was not the class code")
        una.sees(lambda text: text.count("Class code:") == 2)
        una.press(CODE + "\r")
        una.sees(on_step(0))


def test_a_students_key_lets_in_and_keeps_the_place(guarded: Served, keys: Path) -> None:
    for step in (0, 1):
        with SSH(guarded, "cleo", key=keys / "student") as cleo:
            cleo.sees(on_step(step))
            cleo.press("n")
            cleo.sees(on_step(step + 1))
    stranger = run_ssh(guarded, name="cleo", key=keys / "stranger")
    assert stranger.returncode == 255
    assert b"Permission denied" in stranger.stderr


def test_only_a_key_makes_a_teacher_and_the_class_follows(guarded: Served, keys: Path) -> None:
    with SSH(guarded, "teacher") as eve:
        assert eve.ends() == 255  # nothing is asked: nothing that is typed would help
        assert "Permission denied" in eve.screen.text
    assert run_ssh(guarded, name="teacher", key=keys / "student").returncode == 255
    with SSH(guarded, "teacher", key=keys / "teacher") as teacher, SSH(guarded, "dora", size=(80, 24)) as dora:
        teacher.sees("you lead")
        dora.sees("Class code:")
        dora.press(CODE + "\r")
        dora.sees("you follow teacher")
        teacher.press("nn")
        dora.sees(on_step(2))
        dora.press("d")
        dora.sees("a session of your own")
        dora.press("b")
        dora.sees(on_step(1))
        dora.press(F2)
        dora.sees(on_step(2))
        teacher.press("bb")
        teacher.sees(on_step(0))
        teacher.press("q")
        assert teacher.ends() == 0


# ---- the terminal ----------------------------------------------------------------------------------------------------


def test_the_frame_follows_the_terminals_size(opened: Served) -> None:
    with SSH(opened, "ed", size=(132, 40)) as ed:
        ed.sees(lambda text: "a session of your own" in text.split("\n")[39] and on_step(0)(text))
        for size in ((80, 24), (100, 30), (20, 5), (132, 40)):
            ed.resize(size)
            ed.sees(lambda _, size=size: "a session" in ed.screen.lines[size[1] - 1])  # type: ignore[misc]
        ed.press("n")
        ed.sees(on_step(1))


@pytest.mark.parametrize("size", [(20, 5), (500, 500)])
def test_the_smallest_and_the_largest_terminals_are_drawn_on(opened: Served, size: tuple[int, int]) -> None:
    with SSH(opened, f"of {size[0]} columns", size=size) as client:
        rows = min(size[1], 80)
        client.sees(lambda _: "a session" in client.screen.lines[rows - 1])
        if size[0] > 80:
            client.press("n")
            client.sees(on_step(1))
            assert not any(client.screen.lines[rows:])
        client.resize((100, 30))
        client.sees(lambda text: on_step(1 if size[0] > 80 else 0)(text))


COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


@pytest.mark.parametrize(
    ("term", "variables", "is_poor", "is_colourful"),
    [
        ("vt100", {}, True, False),
        ("linux", {}, True, True),
        ("screen", {}, False, True),
        ("tmux-256color", {}, False, True),
        ("xterm-kitty", {}, False, True),
        ("xterm", {"NO_COLOR": "1"}, False, False),
        ("xterm", {"LC_ALL": "C"}, True, True),
    ],
)
def test_each_kind_of_terminal_gets_what_it_can_draw(
    opened: Served, term: str, variables: dict[str, str], is_poor: bool, is_colourful: bool
) -> None:
    name = "-".join((term, *variables))
    with SSH(opened, name, term=term, **variables) as client:
        client.sees(on_step(0))
        client.press("n")
        client.sees(on_step(1))
        client.press("\x1b[[B" if term == "linux" else F2)
        client.sees("no teacher is here")
        client.sees(on_step(0))
        client.press("q")
        assert client.ends() == 0
        raw = bytes(client.screen.raw)
        assert client.screen.is_given_back
        frames = raw[: raw.rindex(b"You have left")]
        assert frames.isascii() is is_poor
        assert bool(COLOUR.search(frames)) is is_colourful
        assert (b"\x1b[?1000h" in frames) is not is_poor


@pytest.mark.parametrize(("term", "options"), [("dumb", ()), ("xterm", ("-T",))])
def test_without_a_screen_the_class_comes_as_lines(opened: Served, term: str, options: tuple[str, ...]) -> None:
    with SSH(opened, f"lia-{term}", *options, term=term) as lia:
        lia.sees("This session is your own.")
        lia.press("n\n" if options else "n\r")
        lia.sees("step 1 of 3")
        lia.press("q\n" if options else "q\r")
        assert lia.ends() == 0
        assert b"\x1b" not in lia.screen.raw


def test_lines_can_come_through_a_pipe(opened: Served) -> None:
    done = run_ssh(opened, options=["-T"], name="mia", typed=b"n\n" * 2 + b"who\n")
    assert done.returncode == 0
    assert b"step 2 of 3" in done.stdout
    assert b"To come back as you" in done.stdout
    assert b"\x1b" not in done.stdout


def test_ctrl_c_does_not_kill_the_session_and_leaves_the_class(opened: Served) -> None:
    with SSH(opened, "fay") as fay:
        fay.sees(on_step(0))
        fay.press("\x03")
        fay.press("n")
        fay.sees(on_step(1))
        fay.press(F2)
        fay.sees("no teacher is here")
        fay.press("\x03")
        assert fay.ends() == 0
        assert "You have left" in fay.screen.text


def test_who_loses_the_connection_goes_on_where_they_were(opened: Served) -> None:
    with SSH(opened, "gus") as gus:
        gus.sees(on_step(0))
        gus.press("nn")
        gus.sees(on_step(2))
        gus.kill()
    with SSH(opened, "gus") as gus:
        gus.sees(on_step(2))
        gus.press("b")
        gus.sees(on_step(1))


def test_a_server_that_is_stopped_gives_the_terminals_back(tmp_path: Path) -> None:
    with served(tmp_path / "state") as server, SSH(server, "ada") as ada, SSH(server, "bob", size=(80, 24)) as bob:
        ada.sees(on_step(0))
        ada.press("n")
        ada.sees(on_step(1))
        bob.sees(on_step(0))
        bob.press(F2)
        bob.sees("no teacher is here")
        server.process.terminate()
        for client in (ada, bob):
            client.ends()
            assert client.screen.is_given_back
            assert "The server is being stopped" in client.screen.text
        assert server.process.wait(10) == 0


def test_the_server_stays_after_the_class_until_the_logs_are_fetched_or_it_is_stopped(
    tmp_path: Path, keys: Path
) -> None:
    with served(tmp_path / "state", "--teachers", str(keys / "teachers")) as server:
        with SSH(server, "teacher", "-T", key=keys / "teacher") as teacher:
            teacher.sees("The class sees what you do.")
            with SSH(server, "ada") as ada:
                ada.sees("you follow teacher")
                ada.press("d")
                ada.sees("a session of your own")
                ada.press("n")
                ada.sees(on_step(1))
                teacher.press("end class\n")
                assert teacher.ends() == 0
                ada.ends()
                command = f"ssh -p {server.port} ada@127.0.0.1 log > mine.jsonl"
                assert command in ada.screen.text.replace("\n", "")
        said = "Students can fetch their logs for 15 minutes; Ctrl-C ends the server now."
        wait_until(lambda: said in server.log)
        assert "written: " in server.log
        done = run_ssh(server, "log", name="ada")
        assert len(Log.loads(done.stdout).records) == 1
        server.process.terminate()
        assert server.process.wait(10) == 0
        assert server.log.count("written: ") == 3
        assert (server.folder / "summaries").stat().st_mode & 0o777 == 0o700


def test_a_class_in_which_nobody_did_anything_ends_its_server(tmp_path: Path, keys: Path) -> None:
    with served(tmp_path / "state", "--teachers", str(keys / "teachers")) as server:
        with SSH(server, "teacher", "-T", key=keys / "teacher") as teacher:
            teacher.sees("The class sees what you do.")
            teacher.press("end class\n")
            teacher.ends()
        assert server.process.wait(10) == 0


def test_where_nobody_can_teach_that_is_said(opened: Served, guarded: Served) -> None:
    assert "nobody can teach a class from here" in opened.log
    assert "--teachers FILE" in opened.log
    assert "nobody can teach" not in guarded.log


# ---- what there is besides a screen ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "arguments", "status"),
    [
        ("ssh", ["ls"], 1),
        ("ssh", ["-s", "netconf"], 1),  # a subsystem
        ("scp", ["-O", __file__, "ada@127.0.0.1:"], 1),
        ("scp", [__file__, "ada@127.0.0.1:"], 255),  # scp's and sftp's own, when there is no server for files
        ("sftp", ["ada@127.0.0.1"], 255),
    ],
)
def test_commands_and_files_are_refused_with_a_word(
    opened: Served, program: str, arguments: list[str], status: int
) -> None:
    done = run_ssh(opened, *arguments, program=program)
    assert NO_COMMANDS in done.stderr
    assert done.stdout == b""
    assert done.returncode == status


def test_the_log_can_be_fetched_and_replays(opened: Served) -> None:
    nothing = run_ssh(opened, "log", name="hal")
    assert (nothing.returncode, nothing.stdout) == (1, b"")
    assert b"There is no log" in nothing.stderr
    with SSH(opened, "hal") as hal:
        hal.sees(on_step(0))
        hal.press("nn")
        hal.sees(on_step(2))
        hal.press("q")
        hal.ends()
    done = run_ssh(opened, "log", name="hal")
    assert done.returncode == 0
    session = Session.replayed(load("question").opening, Log.loads(done.stdout))
    assert session.state.cursor == 2


@pytest.mark.parametrize("way", ["-L", "-D"])
def test_no_connection_goes_through_the_server(opened: Served, way: str) -> None:
    port = free_port()
    target = f":127.0.0.1:{opened.port}" if way == "-L" else ""
    options = ssh_options(level="INFO")
    with SSH(opened, f"ivy{way}", way, f"{port}{target}", options=options) as ivy:
        ivy.sees(on_step(0))
        with socket.create_connection(("127.0.0.1", port), 10) as through:
            if way == "-D":
                through.sendall(b"\x05\x01\x00")
                assert through.recv(2) == b"\x05\x00"  # ssh itself, as the proxy
                through.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + opened.port.to_bytes(2, "big"))
            through.settimeout(10)
            received = through.recv(100)
            assert b"SSH-2.0" not in received
            assert received == b"" or received[:2] != b"\x05\x00"
        why = b"administratively prohibited: chainstep serves a class, and forwards nothing"
        wait_until(lambda: why in ivy.screen.raw)
        ivy.press("n")
        ivy.sees(on_step(1))


def test_no_port_is_listened_on_for_a_client(opened: Served) -> None:
    port = free_port()
    options = ["-o", "ExitOnForwardFailure=yes", "-R", f"{port}:127.0.0.1:{opened.port}"]
    done = run_ssh(opened, "log", options=options, name="jo")
    assert done.returncode == 255
    assert b"remote port forwarding failed" in done.stderr
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 2)


def test_x11_is_not_forwarded(opened: Served) -> None:
    with SSH(opened, "kim", "-Y", "-o", "LogLevel=INFO", DISPLAY="127.0.0.1:99") as kim:
        kim.sees(on_step(0))
        assert b"X11 forwarding request failed" in kim.screen.raw

"""The plain app under a stock OpenSSH server with the sample configuration: it opens, and nothing else does."""

from __future__ import annotations

import fcntl
import getpass
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.tui.classroom.clients.openssh import installed
from tests.tui.classroom.clients.server import PATIENCE, ROOT, free_port

SAMPLE = ROOT / "docs" / "openssh" / "sshd_config"
REQUIRED = "CHAINSTEP_REQUIRE_SSHD"
"""Set where there must be a server, so that a machine without one fails and does not skip."""
SEPARATION = Path("/run/sshd")
"""An empty folder that a server started by root wants; Debian's service makes it."""


def found(program: str) -> str:
    """Where a program of OpenSSH is."""
    return installed(program, REQUIRED, "openssh-server and openssh-client")


class OpenSSH:
    """A server with the sample, and the client's command line to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sshd, self.client = found("sshd"), found("ssh")
        for name in ("host_key", "user_key"):
            subprocess.run([found("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        self.port = free_port()
        wrapper = folder / "chainstep"
        wrapper.write_text(
            f"#!/bin/sh\nenv > {folder}/environment.$$\nexport PYTHONPATH={ROOT} XDG_STATE_HOME={folder}/state\n"
            f'export XDG_CONFIG_HOME={folder}/config\ncd {folder}\nexec {sys.executable} -m tui.cli "$@"\n'
        )
        wrapper.chmod(0o755)
        text = SAMPLE.read_text()
        for sample, here in (
            ("Port 2222", f"ListenAddress 127.0.0.1\nPort {self.port}"),
            ("/etc/chainstep/host_key\n\n", f"{folder}/host_key\n\n"),
            ("AllowUsers chainstep", f"AllowUsers {getpass.getuser()}"),
            ("/etc/chainstep/authorized_keys", f"{folder}/user_key.pub"),
            ("/opt/chainstep/bin/chainstep", str(wrapper)),
        ):
            assert text.count(sample) == 1, sample
            text = text.replace(sample, here)
        (folder / "sshd_config").write_text(text)
        # StrictModes is about the folders above the keys, which for a test are anybody's
        self.command = [self.sshd, "-D", "-e", "-f", str(folder / "sshd_config"), "-o", "StrictModes=no"]
        self.options = [
            "-F", "none", "-i", str(folder / "user_key"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder}/known", "-o", "ConnectTimeout=20",
        ]  # fmt: skip
        self.host = f"{getpass.getuser()}@127.0.0.1"

    def wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        pytest.fail(f"sshd does not listen: {(self.folder / 'sshd.log').read_text()}")

    def ssh(self, *arguments: str) -> list[str]:
        """The command line of a client; what comes before the host, and then the host."""
        return [self.client, *self.options, "-p", str(self.port), *arguments]

    def run(self, command: list[str], typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a client without a terminal."""
        return subprocess.run(
            command, input=typed, capture_output=True, text=True, timeout=60, env=os.environ | environment, check=False
        )

    def environments(self) -> list[set[str]]:
        """The names of the variables of each session there has been."""
        return [
            {line.partition("=")[0] for line in path.read_text().splitlines()}
            for path in self.folder.glob("environment.*")
        ]


@pytest.fixture(scope="module")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSSH]:
    server = OpenSSH(tmp_path_factory.mktemp("openssh"))
    has_made = os.geteuid() == 0 and not SEPARATION.exists()
    if has_made:
        SEPARATION.mkdir(mode=0o755)
    with (server.folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(server.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            server.wait_until_it_listens(process)
            yield server
        finally:
            process.terminate()
            process.wait(10)
            if has_made:
                SEPARATION.rmdir()


def in_a_terminal(command: list[str], *keys: tuple[str, str]) -> str:
    """What a client in a pseudo-terminal has drawn, after keys that are each pressed once their text is there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 132, 0, 0))
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                               env=os.environ | {"TERM": "xterm-256color"})  # fmt: skip
    os.close(theirs)
    drawn = b""
    try:
        for awaited, key in keys:
            end = time.monotonic() + PATIENCE
            while awaited not in plain(drawn):
                assert time.monotonic() < end, plain(drawn)[-2_000:]
                if select.select([ours], [], [], 0.2)[0]:
                    try:
                        drawn += os.read(ours, 65_536)
                    except OSError:  # the client has ended
                        assert awaited in plain(drawn), plain(drawn)[-2_000:]
            os.write(ours, key.encode())
        return plain(drawn)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def plain(drawn: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[()=>].?", "", drawn.decode("utf-8", "replace"))


def test_the_sample_is_a_configuration_that_turns_everything_else_off(openssh: OpenSSH) -> None:
    shown = openssh.run([openssh.sshd, "-T", "-f", str(openssh.folder / "sshd_config")])
    assert shown.returncode == 0, shown.stderr
    settings = set(shown.stdout.splitlines())
    for setting in (
        "disableforwarding yes", "allowtcpforwarding no", "allowstreamlocalforwarding no", "allowagentforwarding no",
        "x11forwarding no", "permittunnel no", "gatewayports no", "permituserrc no", "permituserenvironment no",
        "passwordauthentication no", "kbdinteractiveauthentication no", "hostbasedauthentication no",
        "authenticationmethods publickey", "maxsessions 1", "permitopen none", "permitlisten none",
    ):  # fmt: skip
        assert setting in settings
    assert not any(line.startswith("subsystem") for line in settings)


@pytest.mark.parametrize("asked", [[], ["ls", "-la"]], ids=["nothing", "ls"])
def test_whoever_has_a_terminal_sees_the_app_whatever_they_ask_for(openssh: OpenSSH, asked: list[str]) -> None:
    command = openssh.ssh("-t", openssh.host, *asked)
    drawn = in_a_terminal(command, ("quit", "n"), ("step 1", "\x13"), ("without files", "q"), ("closed", ""))
    assert "∂L" in drawn
    assert "user_key" not in drawn  # which ls would list
    for name in ("config", "state"):
        assert not (openssh.folder / name).exists()


def test_without_a_terminal_it_goes_on_in_plain_lines_and_touches_no_file(openssh: OpenSSH) -> None:
    done = openssh.run(
        openssh.ssh("-T", openssh.host, "cat", "/etc/passwd"), "n\nsave here.toml\nload /etc/passwd.npz\nq\n"
    )
    assert done.returncode == 0, done.stderr
    assert "step 1 of 3" in done.stdout
    assert done.stdout.count("Files are neither read nor written") == 2
    assert "root:" not in done.stdout
    assert not list(openssh.folder.glob("here*"))


def test_no_port_and_no_socket_is_forwarded(openssh: OpenSSH) -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        to = f"127.0.0.1:{target.getsockname()[1]}"
        done = openssh.run(openssh.ssh("-W", to, openssh.host))
        assert done.returncode != 0
        assert "administratively prohibited" in done.stderr
        for there in ("0", str(openssh.folder / "there.sock")):
            done = openssh.run(openssh.ssh("-o", "ExitOnForwardFailure=yes", "-N", "-R", f"{there}:{to}", openssh.host))
            assert done.returncode != 0
            assert "forwarding failed" in done.stderr
        target.settimeout(0.2)
        with pytest.raises(TimeoutError):  # nobody has come through
            target.accept()


def test_a_local_port_leads_nowhere(openssh: OpenSSH) -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        here = free_port()
        command = openssh.ssh("-N", "-L", f"127.0.0.1:{here}:127.0.0.1:{target.getsockname()[1]}", openssh.host)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as client:
            try:
                end = time.monotonic() + PATIENCE
                while True:
                    try:
                        with socket.create_connection(("127.0.0.1", here), 10) as through:
                            assert through.recv(1) == b""
                        break
                    except ConnectionRefusedError:
                        assert time.monotonic() < end
                        time.sleep(0.05)
            finally:
                client.terminate()
            assert client.stderr is not None
            assert b"administratively prohibited" in client.stderr.read()
        target.settimeout(0.2)
        with pytest.raises(TimeoutError):
            target.accept()


def test_neither_an_agent_nor_a_display_is_forwarded(openssh: OpenSSH) -> None:
    command = [found("ssh-agent"), *openssh.ssh("-v", "-T", "-A", "-Y", openssh.host)]
    done = openssh.run(command, "q\n", DISPLAY="127.0.0.1:42")
    assert "equesting authentication agent forwarding" in done.stderr  # so it was asked for
    assert "X11 forwarding request failed" in done.stderr
    assert openssh.environments()
    for names in openssh.environments():
        assert "CHAINSTEP_NO_FILES" in names
        assert not {"SSH_AUTH_SOCK", "DISPLAY"} & names


def test_variables_of_the_client_do_not_come_through_but_for_two(openssh: OpenSSH) -> None:
    names = ("CHAINSTEP_CONFIG", "PYTHONSTARTUP", "TEXTUAL_LOG", "LD_PRELOAD", "NO_COLOR")
    known = openssh.environments()
    command = openssh.ssh("-T", "-o", f"SendEnv={' '.join(names)}", openssh.host)
    openssh.run(command, "q\n", CHAINSTEP_CONFIG="/x", PYTHONSTARTUP="/x", TEXTUAL_LOG="/x", NO_COLOR="1")
    assert len(openssh.environments()) == len(known) + 1
    assert set.union(*openssh.environments()) & set(names) == {"NO_COLOR"}


@pytest.mark.parametrize("program", [["sftp", "-b", "-"], ["scp"], ["scp", "-O"]], ids=" ".join)
def test_no_file_is_copied(openssh: OpenSSH, program: list[str]) -> None:
    found(program[0])
    name, *flags = program
    mine = openssh.folder / "mine.txt"
    mine.write_text("mine")
    there, back = openssh.folder / "there.txt", openssh.folder / "back.txt"
    base = [found(name), *openssh.options, "-P", str(openssh.port), *flags]
    if name == "sftp":
        attempts = [([*base, openssh.host], f"put {mine} {there}\n"), ([*base, openssh.host], f"get {mine} {back}\n")]
    else:
        attempts = [
            ([*base, str(mine), f"{openssh.host}:{there}"], ""),
            ([*base, f"{openssh.host}:{mine}", str(back)], ""),
        ]
    for command, typed in attempts:
        assert openssh.run(command, typed).returncode != 0
    assert not there.exists()
    assert not back.exists() or back.read_text() != "mine"


def test_a_stranger_does_not_come_in(openssh: OpenSSH) -> None:
    subprocess.run([found("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", openssh.folder / "other"], check=True)
    command = [part.replace("user_key", "other") for part in openssh.ssh("-T", openssh.host)]
    done = openssh.run(command, "q\n")
    assert done.returncode == 255
    assert "Permission denied (publickey)" in done.stderr

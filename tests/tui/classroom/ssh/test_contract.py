"""What connections rely on of asyncssh, of Textual's parser and of Rich that is not promised."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import ref

import asyncssh
import pytest
from asyncssh.connection import SSHConnection
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.events import Key, MouseDown, Paste, Resize

from tests.tui.classroom.clients.asynchronous import Client, client, until
from tests.tui.classroom.served import Kept
from tui.classroom.seats.screen import ESCAPE_WAIT
from tui.classroom.ssh.keyboard import Parser
from tui.classroom.ssh.terminal import Terminal

# ---- asyncssh --------------------------------------------------------------------------------------------------------


class Session(asyncssh.SSHServerSession[bytes]):
    """Takes what comes."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.environment = Chosen()
        self.at_the_start: dict[bytes, bytes] = {}

    def connection_made(self, chan) -> None:
        self.channel = chan
        chan._env = self.environment

    def pty_requested(self, term_type, term_size, term_modes) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self.at_the_start = dict(self.channel.get_environment_bytes())

    def data_received(self, data, datatype) -> None:
        self.received += data


class Chosen(dict[bytes, bytes]):
    """Takes some only."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name != b"LEFT_OUT":
            super().__setitem__(name, value)


class Server(asyncssh.SSHServer):
    """One connection and its one session."""

    def __init__(self) -> None:
        self.session = Session()
        self.is_lost = False

    def connection_made(self, conn) -> None:
        self.connection = conn
        conn.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)

    def connection_lost(self, exc) -> None:
        self.is_lost = True

    def begin_auth(self, username) -> bool:
        return False

    def session_requested(self):
        return self.connection.create_server_channel(), self.session


@asynccontextmanager
async def connected(**options) -> AsyncIterator[tuple[Server, Client]]:
    """The two ends of a connection."""
    made: list[Server] = []

    def server() -> Server:
        made.append(Server())
        return made[-1]

    key = asyncssh.generate_private_key("ssh-ed25519")
    acceptor = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=server, server_host_keys=[key], encoding=None, line_editor=False
    )
    async with acceptor, client(acceptor.get_port(), "ada", **options) as ada:
        yield made[0], ada


async def test_a_connection_has_a_transport_that_can_be_told_to_read_no_more_until_it_is_over():
    async with connected() as (server, ada):
        transport = server.connection._transport
        transport.pause_reading()
        ada.press("n")
        await asyncio.sleep(0.2)
        assert not server.session.received
        transport.resume_reading()
        await until(lambda: server.session.received == b"n")
        server.connection.abort()
        assert server.connection._transport is None
        await until(lambda: server.is_lost)


async def test_a_connection_is_told_by_name_when_its_transport_is_full_and_when_it_is_not():
    """So that methods of its own may be put in the place of those that do nothing."""
    told = []
    async with connected() as (server, ada):
        server.connection.pause_writing = lambda: told.append("full")
        server.connection.resume_writing = lambda: told.append("empty")
        ada.data_received = lambda data, datatype: None  # to draw it takes seconds
        ada.connection._transport.pause_reading()
        server.session.channel.write(b"x" * 2_000_000)
        await until(lambda: told)
        assert told == ["full"]
        ada.connection._transport.resume_reading()
        await until(lambda: len(told) > 1)
        assert told[:2] == ["full", "empty"]


async def test_what_is_put_in_the_place_of_those_methods_leaves_nothing_out():
    async with connected() as (server, _):
        before = dict(vars(server.connection))
        SSHConnection.pause_writing(server.connection)
        SSHConnection.resume_writing(server.connection)
        assert vars(server.connection) == before


async def test_the_variables_of_a_client_are_put_one_by_one_into_what_the_session_gave_its_channel():
    async with connected(env={"LANG": "C.UTF-8", "LEFT_OUT": "x", "NO_COLOR": "1"}) as (server, _):
        assert server.session.at_the_start == {b"LANG": b"C.UTF-8", b"NO_COLOR": b"1"}
        assert server.session.channel._env is server.session.environment


# ---- Textual's parser ------------------------------------------------------------------------------------------------


def test_an_esc_is_the_key_once_it_is_asked_for_after_a_while_and_else_begins_a_sequence():
    parser = XTermParser()
    assert [*parser.feed("\x1b"), *parser.tick()] == []
    (up,) = parser.feed("[A")
    assert isinstance(up, Key)
    assert up.key == "up"
    assert list(parser.feed("\x1b")) == []
    time.sleep(ESCAPE_WAIT)
    (escape,) = parser.tick()
    assert isinstance(escape, Key)
    assert escape.key == "escape"
    assert list(parser.tick()) == []


def test_a_paste_is_nothing_until_its_end_and_then_one_event():
    parser = XTermParser()
    assert [*parser.feed(BRACKETED_PASTE_START), *parser.feed("W3.T\n@ d"), *parser.tick()] == []
    found = [*parser.feed(BRACKETED_PASTE_END), *parser.feed("n")]
    assert [type(event) for event in found] == [Paste, Key]
    assert found[0].text == "W3.T\n@ d"


def test_a_parser_that_is_told_that_there_is_no_more_lets_go_of_what_it_has_read():
    parser = XTermParser()
    list(parser.feed("\x1b[1;2u"))  # of what is kept there
    tracemalloc.start()
    try:
        list(parser.feed(BRACKETED_PASTE_START + "漢" * 50_000))
        before, _ = tracemalloc.get_traced_memory()
        assert list(parser.feed("")) == []
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert before > 1_000_000
    assert after < before / 20


def test_a_cache_holds_textuals_parser_once_it_has_read_a_key_and_not_ours():
    """Where this fails because Textual's is let go of too, `Parser` is needed no more."""
    gone = {}
    for kind in (XTermParser, Parser):
        parser = kind()
        assert [event.key for event in parser.feed("n")] == ["n"]
        list(parser.feed(""))
        watched = ref(parser)
        del parser
        gc.collect()
        gone[kind] = watched() is None
    assert gone == {XTermParser: False, Parser: True}
    ours, theirs = (kind()._parse_extended_key("\x1b[97;5u") for kind in (Parser, XTermParser))
    assert [key.key for key in ours] == [key.key for key in theirs] == ["ctrl+a"]


def test_a_size_among_the_keys_is_one_event_after_which_a_mouse_is_taken_to_tell_pixels_until_it_is_forgotten():
    parser = XTermParser()
    for is_forgotten, column in ((False, 4), (True, 40)):
        (size,) = parser.feed("\x1b[48;24;80;480;800t")
        assert isinstance(size, Resize)
        if is_forgotten:
            parser.mouse_pixels = False
            parser.terminal_size = parser.terminal_pixel_size = None
        (pressed,) = parser.feed("\x1b[<0;41;13M")
        assert isinstance(pressed, MouseDown)
        assert pressed.x == column


# ---- Rich ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colours, term", [("truecolor", "xterm-direct"), ("standard", "xterm")], ids=["all", "eight"])
def test_a_clients_console_is_the_same_whatever_the_servers_terminal_is(colours, term, monkeypatch):
    def described():
        console = Terminal(Kept(), kind=term, size=(97, 31)).console()
        return {
            "colours": console.color_system, "size": tuple(console.size), "has no colours": console.no_color,
            "is a terminal": console.is_terminal, "is interactive": console.is_interactive,
            "encoding": console.encoding, "old": console.legacy_windows,
        }  # fmt: skip

    for name in ("NO_COLOR", "TERM", "COLORTERM", "COLUMNS", "LINES", "TTY_INTERACTIVE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    usual = described()
    assert (usual["colours"], usual["size"], usual["has no colours"]) == (colours, (97, 31), False)
    others = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20", "LINES": "5", "TTY_INTERACTIVE": "0"}
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    assert described() == usual

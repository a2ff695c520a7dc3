"""The page about security says the numbers that the code has."""

from __future__ import annotations

import argparse
import re
from math import log2
from pathlib import Path

import pytest

from engine.session.budget import Budget
from tui.classroom import keeping, service
from tui.classroom.apps.served import SEARCHES
from tui.classroom.command import LOCAL, serve
from tui.classroom.door import codes, door, places
from tui.classroom.room import messages, names, permissions
from tui.classroom.ssh import bounds, keyboard, server, terminal

DOCS = Path(__file__).parents[3] / "docs"
PAGE, CLASSROOM = (
    " ".join((DOCS / name).read_text(encoding="utf-8").split()) for name in ("security.md", "classroom.md")
)
DOOR, KEPT, BUDGET = door.Limits(), keeping.Limits(), Budget()
_PARSER = argparse.ArgumentParser()
serve(_PARSER)
IDLE: float = _PARSER.get_default("idle")
DOCTORS = {2: "Two"}[SEARCHES._value]
CODES = sum(log2(len(codes._LETTERS.get(place, place))) for place in codes._CODE)


@pytest.mark.parametrize(
    "said",
    [
        f"Without `--host` only {LOCAL} is listened on",
        f"is one of 2^{int(CODES)}; one that is chosen has at least {codes.MIN_CHOSEN} letters and digits",
        f"A connection has {DOOR.tries} tries",
        f"waits: {DOOR.first_delay:g} second, then twice as long each time, up to {DOOR.longest_delay:g} seconds",
        f"no wrong one for {DOOR.forgotten_after:g} seconds",
        f"tried wrongly {places.MAX_WRONG_WORDS} times for each person",
        f"At most {DOOR.waiting} connections wait to come in, {DOOR.waiting_an_address} of them from one address",
        f"of all there are {DOOR.connections}, from one address {DOOR.connections_an_address}",
        f"not come in after {server.LOGIN_SECONDS} seconds",
        f"read at {bounds.RATE:,} bytes a second after the first {bounds.BURST:,}",
        f"more than {keyboard.MAX_PASTE:,} characters is dropped; a line to others has at most {messages.MAX_TEXT}",
        f"between {terminal.LEAST[0]}×{terminal.LEAST[1]} and {terminal.MOST[0]}×{terminal.MOST[1]}",
        f"at most {bounds.MAX_ENVIRONMENT} variables of {8 * bounds.MAX_ENVIRONMENT} bytes each",
        f"At most {bounds.WINDOW:,} bytes wait for a client",
        f"may take {BUDGET.work:,} entries",
        f"a network that is made {BUDGET.entries:,} numbers, gradient steps {BUDGET.steps:,} entries",
        f"{DOCTORS} doctors search at a time",
        f"a name of at most {messages.MAX_NAME} characters",
        f"more than {names.MAX_MARKS} combining marks",
        f"at most {KEPT.a_student:,} bytes, {KEPT.students} students, {KEPT.total:,} bytes together",
        f"of one student {KEPT.logs} logs",
        f"put aside at {service.MAX_LOG:,} bytes",
        f"room for {places.MAX_PLACES:,} people, {permissions.MAX_QUESTIONS} questions",
        f"questions and {permissions.MAX_ACTIONS:,} actions",
        f"silent for {IDLE:g} minutes",
        f"asked every {server.KEEPALIVE_SECONDS} seconds",
        f"take all {DOOR.waiting} places before login",
    ],
)  # fmt: skip
def test_each_number_is_the_codes(said: str) -> None:
    assert said in PAGE


def test_ten_addresses_are_what_it_takes_to_block_the_door() -> None:
    assert -(-DOOR.waiting // DOOR.waiting_an_address) == 10
    assert "From ten addresses" in PAGE


@pytest.mark.parametrize(
    "said",
    [
        f"at most {KEPT.a_student // 10**6} MB each, {KEPT.students} of them, {KEPT.total // 10**6} MB together",
        f"room for {places.MAX_PLACES:,} people, {DOOR.connections} at a time, of whom {DOOR.connections_an_address}",
    ],
)
def test_the_teachers_page_has_them_too(said: str) -> None:
    assert said in CLASSROOM


@pytest.mark.parametrize("page", ["security.md", "classroom.md", "openssh/README.md", "config.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((DOCS / page).parent / link).exists(), link

"""What a client sends becomes events, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, MouseDown, Paste

from tui.classroom.ssh.keyboard import MAX_PASTE, Keyboard

START, END = b"\x1b[200~", b"\x1b[201~"
NUMBERS = st.text(st.sampled_from("0123456789;:<?$-"), max_size=14)
SEQUENCES = st.builds(
    lambda numbers, last: f"\x1b[{numbers}{last}".encode(), NUMBERS, st.sampled_from("u~ABCDEFHPQRSMmytIO\x1b漢 ")
)


def keys(found) -> list[str]:
    return [event.key for event in found if isinstance(event, Key)]


@given(st.lists(SEQUENCES | st.binary(max_size=8), max_size=6))
def test_whatever_comes_a_key_after_it_is_a_key(sent):
    keyboard = Keyboard()
    for data in sent:
        list(keyboard.feed(data))
    list(keyboard.feed(END))  # of what may have begun as a paste
    list(keyboard.feed(b" " * 40))  # and as a sequence
    assert keys(keyboard.feed(b"n")) == ["n"]


@pytest.mark.parametrize(
    "number", [b"99999999", b"999999999999", b"1:2;3"], ids=["no character", "too large", "in two parts"]
)
def test_a_number_that_cannot_be_read_takes_no_key_with_it(number):
    keyboard = Keyboard()
    assert keys(keyboard.feed(b"n\x1b[" + number + b"u")) == ["n"]
    assert keys(keyboard.feed(b"b\x1b[A")) == ["b", "up"]


def test_a_paste_is_one_event_and_one_that_is_too_long_is_dropped_whole():
    keyboard = Keyboard()
    assert [event.text for event in keyboard.feed(START + b"W3.T" + END + b"n") if isinstance(event, Paste)] == ["W3.T"]
    assert list(keyboard.feed(START + b"x" * (MAX_PASTE + 1))) == []
    assert keyboard.dropped == 1
    assert list(keyboard.feed(b"xxx\x1b[20")) == []
    assert keys(keyboard.feed(END[4:] + b"b")) == ["b"]


def test_a_size_is_not_taken_and_moves_no_mouse():
    (pressed,) = Keyboard().feed(b"\x1b[48;24;80;480;800t\x1b[<0;41;13M")
    assert isinstance(pressed, MouseDown)
    assert (pressed.x, pressed.y) == (40, 12)

"""The linear mode: the same session as sentences, one a line."""

from __future__ import annotations

import io

import pytest

from engine.scenario import load
from engine.session.actions import Ask
from tui.linear import Linear


def conversation(*commands: str, ascii_only: bool = False) -> str:
    output = io.StringIO()
    Linear(load("question"), output, ascii_only=ascii_only).run(io.StringIO("\n".join(commands) + "\n"))
    return output.getvalue()


def test_a_step_is_read_out_with_shapes_numbers_side_and_reason():
    text = conversation("t W2", "n", "n", "n")
    assert "∂L/∂W2, denominator layout, form jacobian: step 3 of 5." in text
    assert "The factor ∂z3/∂a2, 3×2: row 0: 0.5000, -0.6000; row 1: -0.2000, 0.4000; row 2: 0.3000, 0.1000." in text
    assert "It joins on the left, by matrix product." in text
    assert "Why: ∂z3[k]/∂a2[j] is entry [k, j] of W3" in text


def test_an_edit_says_what_the_loss_was_and_is_and_undo_brings_it_back():
    text = conversation("e W3[0,1] = 2", "u")
    assert "L goes from 0.243721 to 0.182653" in text
    assert "Changed: W3, z3, a3, L." in text
    assert text.rstrip().endswith("Changed: W3, z3, a3, L.")


def test_enter_goes_through_the_lesson_to_its_end():
    commands = [command for entry in load("question").script
                for command in ("", *(["give up"] if isinstance(entry, Ask) else []))]  # fmt: skip
    text = conversation(*commands)
    assert "Not as expected" not in text
    assert text.count("Why:") == 13  # once for each time that the factor or the view changes
    assert "So: yes to the transpose" in text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("b", "No factor has been joined yet."),
        ("t nobody", "The program has no value called nobody."),
        ("e W3[0,1]", "An edit is written as"),
        ("e W3[7,7] = 1", "W3 has no entry [7, 7]"),
        ("e z3[0,0] = 1", "Z3 is computed"),
        ("v nobody", "There is no value called nobody."),
        ("dance", "There is no command dance."),
    ],
)
def test_what_cannot_be_done_is_answered_and_the_conversation_goes_on(command, answer):
    text = conversation(command, "n")
    assert answer.lower() in text.lower()
    assert "step 1 of 3" in text


def test_values_are_read_out():
    assert "y, 2×1: row 0: 1; row 1: 0." in conversation("v y")
    assert "W2 3×2" in conversation("v")


def test_in_ascii_no_other_character_is_printed():
    assert conversation("n", "l", "f", "c", "?", "v", "", ascii_only=True).isascii()


def test_another_network_is_told_of_as_what_it_is_and_undone():
    text = conversation("N sizes=2-4-5 activations=tanh,sigmoid bias=yes", "u")
    assert "The network is 2-4-5" in text
    assert "Now it is 2-3-2" in text
    assert "KeyError" not in text

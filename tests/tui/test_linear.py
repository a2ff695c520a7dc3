"""The linear mode: the same session as sentences, one a line."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from engine.scenario import load
from engine.session import Session
from engine.session.actions import Ask
from tui.linear import Linear, converse
from tui.linear.commands import COMMANDS


def conversation(*commands: str, ascii_only: bool = False) -> str:
    output = io.StringIO()
    converse(Linear(load("question"), ascii_only=ascii_only), io.StringIO("\n".join(commands) + "\n"), output)
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
    text = conversation("network sizes=2-4-5 activations=tanh,sigmoid bias=yes", "u")
    assert "The network is 2-4-5" in text
    assert "Now it is 2-3-2" in text
    assert "KeyError" not in text


def test_what_reads_and_writes_files_is_not_listed_where_there_are_none():
    there, nowhere = (Linear(load("question"), may_read_files=may).handle("?") for may in (True, False))
    assert {"load PATH", "save FILE"} <= {line[:16].strip() for line in there.splitlines()}
    assert not {"load PATH", "save FILE"} & {line[:16].strip() for line in nowhere.splitlines()}


# ---- line by line ----------------------------------------------------------------------------------------------------


EXERCISES: dict[str, tuple[list[str], str, str]] = {
    "": ([], "", "Someone derived"),
    "n": ([], "n 2", "step 2 of 3"),
    "b": (["n 3"], "b 2", "step 1 of 3"),
    "m": (["n", "k da3/dz3"], "m", "2. ∂a3/∂z3, diag(a3 ⊙ (1 − a3)), 2×2, next, breakpoint."),
    "k": ([], "k any(relu'(z2) == 0)", "breakpoint: any(relu'(z2) == 0), z2 is not on the way to W3"),
    "w": (["n"], "w a3 - y", "watch a3 - y = 2×1 ["),
    "where": (["n", "v"], "where", "step 1 of 3"),
    "l": ([], "l numerator", "numerator layout"),
    "f": ([], "f hadamard", "form hadamard"),
    "r": ([], "r forward", "forward order"),
    "t": ([], "t", "Differentiated by: W3. There are: all, x, y"),
    "v": ([], "v y", "y, 2×1: row 0: 1; row 1: 0."),
    "cell": (["n"], "cell new[1]", "∂L/∂a3[1]"),
    ":": ([], ": a3 - y", "It is 2×1"),
    "p": ([], "p 2", "2 decimals"),
    "C": ([], "C", "forward"),
    "e": ([], "e W3[0,1] = 2", "L goes from"),
    "g": ([], "g 0.5 3", "3 steps with rate 0.5"),
    "P": ([], "P W3[1,0]", "W3[1,0]"),
    "D": (["e W3[0,1] = 2"], "D", "1. ∂L/∂a3"),
    "dismiss": (["e W3[0,1] = 2"], "dismiss", "put away"),
    "network": ([], "network sizes=2-5-2", "The network is 2-5-2"),
    "load": ([], "load nowhere.npz", "weights cannot be read"),
    "d": ([], "d a3 - y", "hint gives a hint."),
    "hint": (["d a3 - y"], "hint", "Where:"),
    "a": ([], "a 2x1", "No question is open"),
    "give": ([], "give up", "question"),
    "y": (["n"], "y new", "np.array("),
    "note": ([], "note a diagonal, not a column", "Noted: a diagonal, not a column"),
    "save": ([], "save .", "name of a file is missing"),
    "?": ([], "? transposed", "Flip the layout: every factor is transposed"),
    "q": ([], "q", ""),
    "c": (["n"], "c", "step 3 of 3"),
    "end": ([], "end", "step 3 of 3"),
    "N": ([], "N", "step 2 of 3"),
    "B": (["c"], "B", "step 2 of 3"),
    "s": (["n", "n"], "s", "Inside ∂L/∂z3: entry [0,0], 1 of 2."),
    "o": (["n", "n", "s"], "o", "step 2 of 3"),
    "start": (["c"], "start", "none joined yet"),
    "i": ([], "i", "form entry"),
    "j": ([], "j", "form entry"),
    "x": ([], "x", "do not simplify"),
    "u": (["e W3[0,1] = 2"], "u", "L goes from 0.182653 to 0.243721."),
    "redo": (["e W3[0,1] = 2", "u"], "redo", "L goes from 0.243721 to 0.182653."),
    "R": (["g"], "R", "to 0.243721."),
}
"""Lines before, the line, and what its answer has and theirs have not."""


def test_every_command_has_an_exercise() -> None:
    assert {command.words[0] for command in COMMANDS} == set(EXERCISES)


@pytest.mark.parametrize("word", EXERCISES)
def test_a_line_is_answered_with_what_the_command_says(word: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    before, line, says = EXERCISES[word]
    linear = Linear(load("question"))
    former = [linear.greeting, *map(linear.handle, before)][-1]
    assert not says or says not in former, "this shows nothing"
    answer = linear.handle(line)
    assert says in answer
    assert not answer.endswith("\n")
    assert linear.is_over is (word == "q")
    assert not list(tmp_path.iterdir())


def test_a_session_that_was_read_from_its_log_goes_on_with_the_lesson_where_it_was() -> None:
    lesson = load("question")
    linear, straight = Linear(lesson), Linear(lesson)
    for line in ("", "", "n", ""):
        linear.handle(line)
    again = Linear(lesson, session=Session.replayed(lesson.opening, linear.session.log))
    for _ in range(3):
        straight.handle("")
    assert again.handle("") == straight.handle("")


def test_where_in_what_was_typed_a_problem_is_is_underlined() -> None:
    assert Linear(load("question")).handle("k norm(dz3)").splitlines() == [
        "This is a value, and a condition is needed, which is true or false. Compare it, as in norm(dz3) < 0.1.",
        "  norm(dz3)",
        "  ^^^^^^^^^",
    ]


@pytest.mark.parametrize("line", ["n 0", "n x", "c 3", "l sideways", "f W3", "m dz9/dz8", "m 77", "ne", "x" * 30_000])
def test_what_makes_no_sense_is_answered_and_nothing_has_happened(line: str) -> None:
    linear = Linear(load("question"))
    state = linear.state
    assert linear.handle(line).endswith(".")
    assert linear.state is state


def test_where_files_are_somebody_elses_none_is_named(tmp_path) -> None:
    linear = Linear(load("question"), may_read_files=False)
    for line in (f"save {tmp_path}/mine.toml", f"load {tmp_path}/mine.npz"):
        assert linear.handle(line) == "Files are neither read nor written: this chainstep runs without them."
    assert not list(tmp_path.iterdir())


def test_two_conversations_do_not_know_of_each_other() -> None:
    one, other = Linear(load("question")), Linear(load("scalar"), ascii_only=True)
    one.handle("n 2")
    assert "none joined yet" in other.handle("where")
    assert other.handle("?").isascii()
    assert "step 2 of 3" in one.handle("where")


def test_without_a_screen_textual_is_not_loaded() -> None:
    code = "import sys, tui.linear; print([name for name in ('textual', 'rich') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"

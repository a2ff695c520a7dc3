"""Variables, repetitions, included files and pauses: what they become, and what is wrong with them, located."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine import Diagnostic
from engine.scenario import Player, Replay, Scenario, load, loads
from engine.session import Session, actions
from tests.cases.commands import run

HEAD = 'schema = 1\n[network]\nsizes = [2, 4, 3]\nactivations = ["tanh", "sigmoid"]\n'
DO = "[[script]]\ndo = "


def problems(text: str, folder: Path | None = None) -> list[str]:
    with pytest.raises(Exception) as raised:
        loads(text, str(folder / "lesson.toml") if folder else "lesson.toml", folder)
    found = raised.value
    return [f"{Path(each.where.file).name}:{each.where.line} {each.where.key}: {each.message} {' '.join(each.hints)}"
            for each in getattr(found, "problems", (found,))]  # fmt: skip


def script(text: str, folder: Path | None = None) -> tuple[actions.AnyAction, ...]:
    return loads(HEAD + text, "lesson.toml", folder).script


# ---- variables -------------------------------------------------------------------------------------------------------


def test_a_variable_is_a_whole_value_and_a_part_of_what_is_said():
    text = """
title = "{hidden} hidden units"
schema = 1
[variables]
hidden = 5
rate = 0.25
start = [0.5, -1]
who = "you"
[network]
sizes = [2, "$hidden", 3]
activations = ["tanh", "sigmoid"]
[values]
x = "$start"
[[script]]
do = "update"
rate = "$rate"
say = "{who} take a step of {rate} from {start}; W^{(2)} and {{rate}} stay."
"""
    scenario = loads(text)
    assert scenario.title == "5 hidden units"
    assert scenario.opening.program.plan.shape("W1") == (5, 2)
    np.testing.assert_array_equal(scenario.opening.values["x"], [[0.5], [-1]])
    (update,) = scenario.script
    assert update.rate == 0.25
    assert update.say == "you take a step of 0.25 from [0.5, -1]; W^{(2)} and {0.25} stay."


def test_a_brace_in_a_formula_is_latex_and_without_variables_a_brace_is_a_brace():
    (expect,) = script('[variables]\na = 1\n[[script]]\ndo = "expect"\nfactor = "dL/da2"\nformula = "W^{a}"\n')
    assert expect.formula == "W^{a}"
    (note,) = script(DO + '"note"\nsay = "{nobody}"\n')
    assert note.say == "{nobody}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[variables]\nrate = 1\n[[script]]\ndo = "update"\nrate = "$rates"\n', "called rates did you mean rate?"),
        (DO + '"update"\nrate = "$rate"\n', "7 script[0].rate: there is no variable called rate give it a"),
        ('[variables]\nrate = 1\n[[script]]\ndo = "note"\nsay = "{rat}"\n', "9 script[0].say: there is no"),
        ('[variables]\n"a b" = 1\n', "6 variables.a b: a variable cannot be called a b"),
        ("[variables]\na = {b = 1}\n", "6 variables.a: a variable is a number, a text"),
        ("[variables]\na = 2024-01-01\n", "6 variables.a: a variable is a number, a text"),
        (f"[variables]\na = {[1] * 1001}\n", "6 variables.a: a variable may have 1,000 entries"),
        ("variables = 3\n", "variables must be a table"),
        ('[variables]\na = [1, 2]\n[values]\nx = ["$a", 1]\n', "8 values.x[0]: $a is a list"),
        (f'[variables]\na = "{"x" * 2000}"\n{DO}"note"\nsay = "{{a}}{{a}}{{a}}"\n', "script[0].say: with its"),
        ('[variables]\na = "x"\n[[script]]\ndo = "update"\nrate = "$a"\n', "9 script[0].rate: rate must be a number"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_wrong_with_a_variable_is_located(text, says):
    text = text if text.startswith("variables") else HEAD + text
    text = text if text.startswith("schema") else text + HEAD
    assert says in "\n".join(problems(text))


# ---- repetitions -----------------------------------------------------------------------------------------------------

REPEAT = """\
[[script]]
do = "repeat"
times = 3
counter = "k"
[[script.script]]
do = "update"
rate = 0.1
say = "step {k}"
[[script.script]]
do = "step"
repeat = 2
[[script]]
do = "note"
"""


def test_a_repetition_is_written_out_and_counts():
    played = script(REPEAT)
    step = actions.Step()
    assert played == (
        *(each for k in (1, 2, 3) for each in (actions.Update(rate=0.1, say=f"step {k}"), step, step)), actions.Note(),
    )  # fmt: skip


def test_an_entry_of_a_repetition_that_fails_has_its_own_line(tmp_path):
    path = tmp_path / "lesson.toml"
    path.write_text(HEAD + DO + '"repeat"\ntimes = 2\nscript = [{ do = "step" },\n  { do = "back", count = 1 },'
                    '\n { do = "back" }]\n')  # fmt: skip
    status, out, _ = run("replay", path)
    assert status == 1
    assert out.count("lesson.toml:10, script[0].script[2]: no factor has been joined yet") == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (DO + '"repeat"\ntimes = 2\n', "5 script[0]: a repetition has a `script`"),
        (DO + '"repeat"\nscript = [{ do = "step" }]\n', "5 script[0]: the key times is missing"),
        (DO + '"repeat"\ntimes = 0\nscript = [{ do = "step" }]\n', "7 script[0].times: times must be at least 1"),
        (DO + '"repeat"\ntimes = 2\ncounters = "k"\nscript = [{ do = "step" }]\n', "did you mean counter?"),
        (DO + '"repeat"\ntimes = 2\nscript = [{ do = "stepp" }]\n', "8 script[0].script[0].do: there is no"),
        (DO + '"repeet"\n', "did you mean repeat"),
        (DO + '"repeat"\ntimes = 2\ncounter = "k k"\nscript = [{ do = "step" }]\n', "a counter is a name"),
        (DO + '"repeat"\ntimes = 2\nscript = 3\n', "script[0].script must be a list"),
        (DO + '"step"\nrepeat = 2.5\n', "7 script[0].repeat: repeat must be a whole number from 1 to 1,000"),
        (DO + '"repeat"\ntimes = 1000\nscript = [{ do = "repeat", times = 1000, script = [{ do = "step" }] }]\n',
         "more than the 10,000 entries"),
        (DO + f'"edit"\nname = "x"\nrepeat = 1000\nvalue = {[0.5] * 1000}\n', "more than the 200,000 numbers"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_wrong_with_a_repetition_is_located_once(text, says):
    found = problems(HEAD + text)
    assert len(found) == 1
    assert says in found[0]


# ---- included files --------------------------------------------------------------------------------------------------

PART = """\
schema = 1
[variables]
rate = 0.5
count = 1
[[script]]
do = "update"
rate = "$rate"
[[script]]
do = "step"
count = "$count"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "part.toml").write_text(PART)
    (tmp_path / "outside.toml").write_text(PART)
    return tmp_path / "inside"


def lesson(folder: Path, text: str) -> Scenario:
    (folder / "lesson.toml").write_text(HEAD + text)
    return load(folder / "lesson.toml")


def test_an_included_script_is_played_with_its_own_variables_or_those_it_is_given(folder):
    played = lesson(folder, '[variables]\nrate = 9\n[[script]]\ndo = "include"\nfile = "part.toml"\n[[script]]\n'
                    'do = "include"\nfile = "part.toml"\nvariables = { rate = 0.125 }\n').script  # fmt: skip
    assert played == (actions.Update(rate=0.5), actions.Step(), actions.Update(rate=0.125), actions.Step())


def test_what_is_wrong_in_an_included_file_names_that_file_and_hides_nothing(folder):
    (folder / "part.toml").write_text(PART.replace('"$count"', '"$counts"').replace('do = "update"', 'do = "updat"'))
    (folder / "other.toml").write_text("[[script]\n")
    found = problems(HEAD + DO + '"stepp"\n' + "".join(
        DO + f'"include"\nfile = "{name}.toml"\n' for name in ("part", "other", "nobody")), folder)  # fmt: skip
    assert [problem.split(" ")[0] for problem in found] == [
        "lesson.toml:6", "lesson.toml:15", "other.toml:1", "part.toml:6", "part.toml:10",
    ]  # fmt: skip
    assert "did you mean count" in found[-1]


def test_a_claim_that_fails_in_an_included_file_is_located_there(folder):
    (folder / "part.toml").write_text(DO + '"expect"\nloss = 7\n')
    (folder / "lesson.toml").write_text(HEAD + DO + '"include"\nfile = "part.toml"\n')
    status, out, _ = run("replay", folder / "lesson.toml")
    assert status == 1
    assert "part.toml:1, script[0]: the loss is" in out


@pytest.mark.parametrize("path", ["../outside.toml", "/etc/passwd", "a\\..\\b", "C:x.toml", "", ".", "..", "pipe",
                                  "x/../part.toml", "link.toml", "part.toml/", "~/x"])  # fmt: skip
def test_nothing_outside_of_the_folder_is_read_and_nothing_waited_for(folder, path):
    os.mkfifo(folder / "pipe")
    (folder / "link.toml").symlink_to(folder.parent / "outside.toml")
    with pytest.raises(Diagnostic) as problem:
        lesson(folder, f"[[script]]\ndo = 'include'\nfile = '{path}'\n")
    assert problem.value.code in ("bad_path", "unreadable", "bad_value")
    assert "root:" not in str(problem.value)


def test_files_that_include_one_another_and_chains_that_are_too_long_are_refused(folder):
    include = DO + '"include"\nfile = "{}.toml"\n'
    (folder / "a.toml").write_text(include.format("b"))
    (folder / "b.toml").write_text(include.format("a"))
    with pytest.raises(Diagnostic, match=r"a\.toml includes itself"):
        lesson(folder, include.format("a"))
    (folder / "b.toml").write_text(include.format("lesson"))
    with pytest.raises(Diagnostic, match=r"lesson\.toml includes itself"):
        lesson(folder, include.format("a"))
    for number in range(9):
        (folder / f"p{number}.toml").write_text(include.format(f"p{number + 1}"))
    with pytest.raises(Diagnostic, match="more than 5 deep"):
        lesson(folder, include.format("p0"))


def test_a_part_that_doubles_itself_is_refused_before_it_is_made(folder):
    for number in range(5):
        (folder / f"d{number}.toml").write_text(DO + f'"include"\nrepeat = 1000\nfile = "d{number + 1}.toml"\n')
    (folder / "d4.toml").write_text("")
    with pytest.raises(Diagnostic, match="more than the 10,000 entries"):
        lesson(folder, DO + '"include"\nfile = "d0.toml"\n')


def test_a_part_is_only_a_script(folder):
    (folder / "part.toml").write_text(PART + "[network]\nsizes = [1, 2]\n")
    with pytest.raises(Diagnostic, match="there is no key network at the top"):
        lesson(folder, DO + '"include"\nfile = "part.toml"\n')


# ---- pauses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pause", ["seconds = 61", "seconds = -1", 'until = "noon"', "", 'seconds = 1\nuntil = "key"'])
def test_a_pause_is_of_some_seconds_or_until_a_key(pause):
    (found,) = problems(HEAD + DO + f'"pause"\n{pause}\n')
    assert found.startswith("lesson.toml:")
    assert "script[0]" in found


def test_who_presses_a_key_does_not_wait_for_pauses():
    scenario = loads(HEAD + DO + '"pause"\nseconds = 2\n[[script]]\ndo = "step"\nsay = "one"\n[[script]]\n'
                     'do = "pause"\nuntil = "key"\n[[script]]\ndo = "step"\n')  # fmt: skip
    player = Player(Session(scenario.opening), scenario.script)
    state = player.go_on()
    assert (state.cursor, state.say, player.position) == (1, "one", 3)
    assert player.go_on().cursor == 2
    assert all(event.ok for event in Replay(scenario))

"""The list of lessons, and the table of it in the README."""

from __future__ import annotations

from pathlib import Path

from engine.scenario.library import lesson_names
from tests.cases.commands import records, run

README = Path(__file__).parents[2] / "README.md"
MARK = "<!-- chainstep list --markdown -->\n"


def test_the_readme_has_the_table_of_the_lessons_as_they_are() -> None:
    _, _, rest = README.read_text(encoding="utf-8").partition(MARK)
    status, table, _ = run("list", "--markdown")
    assert status == 0
    assert rest.partition("\n\n")[0] + "\n" == table, "write it anew: chainstep list --markdown"


def test_the_table_adds_up_and_has_every_lesson() -> None:
    rows = [line.strip("| ").split("|") for line in run("list", "--markdown")[1].splitlines()[2:]]
    *lessons, total = [(row[0].strip("` "), *(int(cell) for cell in row[-2:])) for row in rows]
    assert [name for name, _, _ in lessons] == lesson_names()
    assert total == ("all", sum(row[1] for row in lessons), sum(row[2] for row in lessons))
    assert all(expected >= 3 for _, expected, _ in lessons)
    asked = {action["do"] for action in records("replay", "scalar") if "do" in action}
    assert {"expect", "ask"} <= asked
    scalar = records("replay", "scalar")
    counted = [sum(event.get("do") == do for event in scalar) for do in ("expect", "ask")]
    assert list(lessons[0][1:]) == counted

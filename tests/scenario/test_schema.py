"""The JSON Schema is that of the structs, the starter is sound, and other versions of the format are told apart."""

from __future__ import annotations

import json
import tomllib

import pytest

from engine import Diagnostic
from engine.scenario import load, loads, migrate
from engine.scenario.check import check_scenario
from engine.scenario.json_schema import encoded, json_schema, shipped_schema
from engine.scenario.library import lesson_names, read_source
from engine.scenario.starter import starter
from engine.session.actions import ACTIONS
from tests.cases.commands import run

NETWORK = '[network]\nsizes = [2, 4, 3]\nactivations = ["tanh", "sigmoid"]\n'


def test_the_shipped_schema_is_current():
    assert shipped_schema() == encoded(json_schema()), "run python -m engine.scenario.json_schema"


def test_chainstep_schema_prints_it():
    status, out, _ = run("schema")
    assert status == 0
    assert json.loads(out) == json_schema()


def test_every_action_and_every_field_with_a_text_is_in_it():
    definitions = json_schema()["$defs"]
    assert {kind.__name__ for kind in ACTIONS.values()} <= set(definitions)
    assert definitions["Ask"]["properties"]["hints"]["description"] == "Shown one by one when they are asked for."
    assert definitions["Update"]["properties"]["rate"]["anyOf"][0]["type"] == "number"


def test_lessons_and_the_starter_are_valid_by_it_and_mistakes_are_not():
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(json_schema())
    validator = jsonschema.Draft202012Validator(json_schema())
    for text in (starter(), *(read_source(name).text for name in lesson_names())):
        validator.validate(tomllib.loads(text))
    for wrong in ('do = "stepp"', 'do = "step"\ncounts = 2', 'do = "step"\ncount = 0', 'do = "ask"', 'do = "repeat"'):
        assert not validator.is_valid(tomllib.loads(f"schema = 1\n{NETWORK}[[script]]\n{wrong}\n"))


def test_the_starter_loads_checks_and_replays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = run("new", "mine")
    assert (status, "mine.toml" in out) == (0, True)
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == starter()
    assert list(check_scenario(load("mine.toml"))) == []
    assert run("replay", "mine.toml")[0] == 0


@pytest.mark.parametrize("name", ["mine.toml", "nowhere/mine.toml", ".", "", "a" * 300, "a\0"])
def test_nothing_is_overwritten_and_what_cannot_be_written_is_said(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text("precious")
    status, out, err = run("new", name)
    assert (status, out) == (2, "")
    assert err.startswith("error[")
    assert (tmp_path / "mine.toml").read_text() == "precious"


@pytest.mark.parametrize(
    ("schema", "says"), [(0, "write schema = 1"), (2, "newer chainstep"), (-3, "write schema = 1")]
)
def test_another_schema_is_refused_with_what_to_do(schema, says):
    with pytest.raises(Diagnostic) as problem:
        loads(f"schema = {schema}\nmistake = 1\n{NETWORK}", "old.toml")
    assert (problem.value.code, problem.value.where.line, problem.value.where.key) == ("bad_schema", 1, "schema")
    assert says in problem.value.hints[0]


def test_a_file_of_an_older_schema_is_migrated_step_by_step(monkeypatch):
    monkeypatch.setattr(migrate, "MIGRATIONS", {
        -1: lambda tables: tables | {"heading": tables["headline"]},
        0: lambda tables: {"title": tables["heading"], **{k: v for k, v in tables.items() if not k.startswith("head")}},
    })  # fmt: skip
    assert loads(f'schema = -1\nheadline = "Old"\n{NETWORK}').title == "Old"
    with pytest.raises(Diagnostic, match="schema -2"):
        loads(f"schema = -2\n{NETWORK}")

"""The JSON Schema of the format, for editors: made from the structs that read it, and shipped as a file.

`python -m engine.scenario.json_schema` writes the file anew; a test says when that is due.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from engine.scenario.expand import MAX_TIMES
from engine.scenario.schema import (
    SCHEMA,
    Heading,
    IncludeEntry,
    NetworkSection,
    ProgramSection,
    RepeatEntry,
    ViewSection,
)
from engine.session.actions import ACTIONS, WrongAnswer

FILE = "scenario.schema.json"
VARIABLE = {"type": "string", "pattern": r"^\$[A-Za-z_]\w*$", "description": "A variable, such as $rate."}

Schema = dict[str, Any]


def shipped_schema() -> str:
    """The schema as text, from the package."""
    return resources.files("engine.scenario").joinpath(FILE).read_text(encoding="utf-8")


def json_schema() -> Schema:
    """The schema, made anew."""
    sections: dict[str, type[msgspec.Struct]] = {
        "network": NetworkSection,
        "program": ProgramSection,
        "view": ViewSection,
    }
    definitions: Schema = {}
    for kind in (NetworkSection, ProgramSection, ViewSection, Heading, RepeatEntry, IncludeEntry, *ACTIONS.values()):
        definitions |= msgspec.json.schema(kind)["$defs"]
    structs: list[type[msgspec.Struct]] = [*sections.values(), Heading, RepeatEntry, IncludeEntry, WrongAnswer]
    for described in (*structs, *ACTIONS.values()):
        _describe(definitions[described.__name__]["properties"], described)
    entries = [*(kind.__name__ for kind in ACTIONS.values()), RepeatEntry.__name__, IncludeEntry.__name__]
    script: Schema = {"type": "array", "items": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in entries]}}
    for name in entries:
        properties = definitions[name]["properties"]
        repeat = {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_TIMES,
            "description": "Play this entry so many times.",
        }
        definitions[name]["properties"] = properties | {"repeat": repeat}
    definitions["RepeatEntry"]["properties"]["script"] = script
    definitions["RepeatEntry"]["required"].append("script")
    for name in (*entries, *(section.__name__ for section in sections.values())):
        properties = definitions[name]["properties"]
        for key in properties.keys() - {"do", "script", "repeat", "variables"}:
            properties[key] = _or_variable(properties[key])
    heading = definitions.pop("Heading")
    table = {"type": "object", "description": "Numbers for inputs; `seed`; `weights`, a file beside this one."}
    variables = {"type": "object", "description": 'Used as "$name", and as {name} in what is said.'}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"chainstep scenario, schema {SCHEMA}",
        "type": "object",
        "properties": heading["properties"] | {"schema": {"const": SCHEMA}}
        | {name: {"$ref": f"#/$defs/{kind.__name__}"} for name, kind in sections.items()}
        | {"values": table, "variables": variables, "script": script},
        "required": heading["required"],
        "oneOf": [{"required": ["network"]}, {"required": ["program"]}],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }  # fmt: skip


def _or_variable(schema: Schema) -> Schema:
    """A value, or a variable that stands for it."""
    if schema.get("type") == "string":
        return schema
    outside = {key: schema.pop(key) for key in ("description", "default") if key in schema}
    return {"anyOf": [schema, VARIABLE]} | outside


def _describe(properties: Schema, kind: type[msgspec.Struct]) -> None:
    """Put the texts that stand below the fields of a struct and of those above it where an editor shows them."""
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("engine."):
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
            assert isinstance(tree, ast.ClassDef)
            for field, text in zip(tree.body, tree.body[1:], strict=False):
                match field, text:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                        properties[name] = _described(properties[name], " ".join(said.split()))


def _described(schema: Schema, text: str) -> Schema:
    return {"description": text} | schema if "$ref" not in schema else {"description": text, "allOf": [schema]}


def encoded(schema: Schema) -> str:
    """As the file has it."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name(FILE).write_text(encoded(json_schema()), encoding="utf-8")

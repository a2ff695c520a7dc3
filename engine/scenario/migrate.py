"""Files of older versions of the format, brought up to the present one step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.diagnostics import Diagnostic, Where
from engine.scenario.schema import SCHEMA

Tables = dict[str, Any]

MIGRATIONS: Mapping[int, Callable[[Tables], Tables]] = {}
"""From each older number the step to the next: `2: _dims_by_name` makes a file of schema 2 one of schema 3.

There is no older number yet. A step gets the parsed file and answers it changed; it must not lose or guess anything:
what it cannot bring along it refuses with a Diagnostic that says what to write instead.
"""


def migrated(tables: Tables) -> Tables:
    """The tables as this chainstep reads them; those of the present schema as they are.

    Raises a Diagnostic `bad_schema` for a newer number, and for an older one that no migration is known for. What is no
    whole number is left for the checks of the fields.
    """
    schema = tables.get("schema", SCHEMA)
    if type(schema) is not int or schema == SCHEMA:
        return tables
    where = Where(key="schema")
    message = f"this file has schema {schema}, and this chainstep reads schema {SCHEMA}"
    if schema > SCHEMA:
        raise Diagnostic("bad_schema", message, where, hints=("a newer chainstep reads it: pip install -U chainstep",))
    for number in range(schema, SCHEMA):
        step = MIGRATIONS.get(number)
        if step is None:
            hint = f"write schema = {SCHEMA}, and chainstep check says what else is to be changed"
            raise Diagnostic("bad_schema", message, where, hints=(hint,))
        tables = step(tables)
    return tables | {"schema": SCHEMA}

"""Functions that are defined as a formula of others: a call is replaced by the body, with its arguments filled in."""

from __future__ import annotations

from functools import cache

from engine.formula.functions import FUNCTIONS, Definition
from engine.formula.parser import parse
from engine.formula.syntax import Call, Name, Node, substitute


@cache
def body(name: str) -> Node:
    """The formula of a defined function, over its parameters."""
    definition = FUNCTIONS[name]
    assert isinstance(definition, Definition)
    return parse(definition.body)


def inlined(call: Call) -> Node:
    """The formula that a call of a defined function stands for: `0.5 * sum((a3 - y)**2)`."""
    definition = FUNCTIONS[call.function]
    assert isinstance(definition, Definition)
    arguments = dict(zip(definition.parameters, call.arguments, strict=True))
    return substitute(body(call.function), lambda part: arguments.get(part.name) if isinstance(part, Name) else None)

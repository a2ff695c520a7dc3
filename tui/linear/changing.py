"""Commands that change the numbers or the network, or try what a change would do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.calculus.descent import Descent, check_work
from engine.calculus.perturb import perturb
from engine.diagnostics import Diagnostic
from engine.session import actions
from engine.session.network_form import fields_of, read_network
from tui.descent_text import outcome, read_count, read_rate, table_lines, update_rule
from tui.linear.entries import place_of
from tui.linear.sentences import situation, value_lines
from tui.perturb_text import perturbation_lines, read_epsilon

if TYPE_CHECKING:
    from tui.linear.linear import Linear

_PLACE = re.compile(r"(\w+)\s*\[\s*(\d+)\s*(?:,\s*(\d+)\s*)?\]\s*(\S+)?")
TABLE_ROWS = 11
"""Of the losses over many steps."""


def descend(linear: Linear, rest: str) -> Iterator[str]:
    """Take gradient steps; where they diverge, those that could be taken."""
    if not rest:
        yield from linear.done(actions.Update())
        return
    state = linear.state
    rate, _, number = rest.partition(" ")
    count = read_count(number) if number else 1
    descent = Descent(state.program, state.view.of, read_rate(rate))
    check_work(state.program, count)
    problem = descent.take(count)
    yield update_rule(state, descent.rate)
    if descent.count:
        linear.session.dispatch(actions.Update(rate=descent.rate, count=descent.count))
        yield from table_lines(descent.losses, descent.norms, descent.of, TABLE_ROWS)
    yield outcome(descent, count, problem)


def perturbed(linear: Linear, rest: str) -> Iterator[str]:
    """Say what moves when an entry does; nothing changes."""
    match = _PLACE.fullmatch(rest)
    if match is None:
        raise Diagnostic("bad_value", "an entry is written as P W3[1,0], with ε behind it if it is not 0.001")
    name, first, second, epsilon = match.groups()
    place = place_of(linear.state, name, first, second)
    found = perturb(linear.state.program, name, place, read_epsilon(epsilon or "0.001"))
    yield from (line for _, line in perturbation_lines(found, linear.state) if line)


def network(linear: Linear, rest: str) -> Iterator[str]:
    """Another network: the present one with other fields."""
    fields = fields_of(linear.state.program)
    for part in re.split(r"\s+(?=\w+=)", rest):
        name, equals, value = part.partition("=")
        if not equals:
            raise Diagnostic("bad_value", "a network is written as network sizes=2-4-3 activations=tanh,sigmoid")
        fields[name.strip()] = value
    state = linear.session.dispatch(read_network(fields))
    yield f"The network is {state.program.title}."
    yield from value_lines(state, "")
    yield from situation(state, linear.look)

"""In a session that shares its machine no one action takes others' time or memory."""

from __future__ import annotations

import time

import pytest

from engine.diagnostics import Diagnostic
from engine.doctor.reading import read_expression
from engine.scenario import Replay, load
from engine.scenario.library import lesson_names
from engine.session import Log, Session, actions
from engine.session.budget import Budget
from tui.linear import Linear

LARGE = "sum(ones((5000, 3000)) @ ones((3000, 4000)))"
SIZES, ACTIVATIONS = [3_000, 4_000, 2], ["tanh", "tanh"]


def session() -> Session:
    scenario = load("question")
    return Session(scenario.opening, scenario.title, budget=Budget())


@pytest.mark.parametrize(
    "action",
    [
        actions.Edit(name="W2", at=[0, 1], value=LARGE),
        actions.Edit(name="W2", at=[0, 1], value=f"{LARGE} * nobody"),
        actions.Edit(name="W2", at=[0, 1], value="sum(pinv(ones((700, 800))))"),
        actions.Edit(name="W2", value=f"W2 * {LARGE}"),
        actions.Diagnose(formula=f"{LARGE} * W2"),
        actions.Diagnose(formula=f"d = {LARGE}; d * W2"),
        actions.Watch(formula=LARGE),
        actions.Break(when=f"{LARGE} > 1"),
        actions.Answer(value=LARGE),
        actions.SetNetwork(sizes=SIZES, activations=ACTIVATIONS),
        actions.SetNetwork(sizes=[3, 4, 2], activations=ACTIVATIONS, batch=9_000),
    ],
)
def test_what_is_too_much_is_refused_at_once_and_changes_nothing(action: actions.AnyAction) -> None:
    shared = session()
    before, began = shared.state, time.process_time()
    with pytest.raises(Diagnostic) as refused:
        shared.forked().dispatch(action)
    assert refused.value.code == "too_much"
    assert time.process_time() - began < 2  # and not a minute
    assert shared.state is before
    assert not shared.log.records


def test_a_session_of_ones_own_has_no_such_limit() -> None:
    scenario = load("question")
    own = Session(scenario.opening)
    own.dispatch(actions.Edit(name="W2", at=[0, 1], value="sum(ones((400, 500)) @ ones((500, 300)))"))
    assert own.state.values["W2"][0, 1] == 400 * 500 * 300


def test_a_session_that_is_gone_on_from_keeps_its_limits() -> None:
    shared = session()
    shared.dispatch(actions.Step())
    log = Log.loads(b"".join(shared.log.lines()))
    again = Session.replayed(load("question").opening, log, budget=shared.budget)
    with pytest.raises(Diagnostic, match="too much"):
        again.dispatch(actions.Watch(formula=LARGE))


@pytest.mark.parametrize("lesson", lesson_names())
def test_no_lesson_needs_more(lesson: str) -> None:
    replay = Replay(load(lesson))
    replay.session.budget = Budget(work=50_000, entries=2_000)  # a tenth
    assert [event.failures for event in replay if not event.ok] == []


@pytest.mark.parametrize("command", [f"d {LARGE} * W2", f"d dW2 = {LARGE} * W2", f": {LARGE}", f"e W2[0,1] = {LARGE}"])
def test_plain_lines_keep_to_it(command: str) -> None:
    linear = Linear(load("question"), session=session())
    assert "too much to" in linear.handle(command)


def test_cubes_count() -> None:
    program = load("question").opening.program
    for formula in ("pinv(ones((900, 800)))", "inv(ones((1900, 1900)))"):
        reading = read_expression(program, formula)
        assert reading.value is None
        assert reading.problem is None


def test_ten_thousand_steps_on_a_deep_network_are_refused_and_some_on_a_small_one_are_taken() -> None:
    shared = session()
    shared.dispatch(actions.Update(count=1_000))
    shared.dispatch(actions.SetNetwork(sizes=[3] * 100, activations=["tanh"] * 99))
    with pytest.raises(Diagnostic, match="10,000 steps") as refused:
        shared.dispatch(actions.Update(count=10_000))
    assert refused.value.code == "too_much"

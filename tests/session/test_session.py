"""A session that is forked: one point, and from there two ways."""

from __future__ import annotations

from engine.scenario import load
from engine.session import Session, actions


def test_a_fork_begins_where_the_session_is_and_then_each_goes_its_own_way():
    told: list[int] = []
    session = Session(load("question").opening, "a title", lambda record: told.append(record.seq), "question")
    session.dispatch(actions.Step(count=2), "teacher")
    fork = session.forked()
    assert fork.state is session.state
    assert list(fork.log.lines()) == list(session.log.lines())
    fork.dispatch(actions.Back(), "student")
    session.dispatch(actions.Step())
    assert (session.state.cursor, fork.state.cursor) == (3, 1)
    assert [record.actor for record in session.log.records] == ["teacher", "user"]
    assert [record.actor for record in fork.log.records] == ["teacher", "student"]
    assert told == [0, 1]  # nothing of the fork


def test_a_fork_tells_of_its_own_records_to_whom_it_is_told():
    session, told = Session(load("question").opening), []
    session.dispatch(actions.Step())
    fork = session.forked(told.append)
    fork.dispatch(actions.Step(), "student")
    assert [(record.seq, record.actor) for record in told] == [(1, "student")]

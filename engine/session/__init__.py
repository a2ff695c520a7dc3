"""A session: actions go in, states come out, and everything that happened is in one append-only log."""

from engine.calculus.chain import gradients_of
from engine.session import actions
from engine.session.log import Log, Record, digest
from engine.session.quiz import AnswerVerdict, Quiz
from engine.session.reduce import reduce
from engine.session.session import Session
from engine.session.state import Outcome, State, View, opened

__all__ = [
    "AnswerVerdict",
    "Log",
    "Outcome",
    "Quiz",
    "Record",
    "Session",
    "State",
    "View",
    "actions",
    "digest",
    "gradients_of",
    "opened",
    "reduce",
]

"""Scenario files: a network or a program, numbers, a view and a script, loaded with located errors and replayed.

What is doubtful about one is found by `engine.scenario.check`, which opening one does not wait for.
"""

from engine.scenario.finding import Finding, Severity
from engine.scenario.library import DEFAULT, Lesson, lessons
from engine.scenario.load import Scenario, load, loads
from engine.scenario.replay import Event, Player, Replay

__all__ = [
    "DEFAULT",
    "Event",
    "Finding",
    "Lesson",
    "Player",
    "Replay",
    "Scenario",
    "Severity",
    "lessons",
    "load",
    "loads",
]

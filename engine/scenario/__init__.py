"""Scenario files: a network or a program, numbers, a view and a script, loaded with located errors and replayed."""

from engine.scenario.check import check_scenario
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
    "check_scenario",
    "lessons",
    "load",
    "loads",
]

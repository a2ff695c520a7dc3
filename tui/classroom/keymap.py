"""The keys of a class, in one table for each place: its lines, its panel, the help and the palette are made from it."""

from __future__ import annotations

import re

from tui.keymap import Command

CLASS, PANEL_GROUP = "Class", "In the class's panel"


def _everywhere(name: str, key: str, label: str, text: str) -> Command:
    return Command(f"class_{name}", key, label, text, CLASS)


def _in_panel(name: str, keys: str, label: str, text: str) -> Command:
    return Command(f"class_{name}", keys, label, text, PANEL_GROUP)


STUDENT: tuple[Command, ...] = (
    _everywhere("follow", "f2", "follow", "From a session of your own to the class's, and back."),
    _everywhere("hand", "f3", "hand", "Raise your hand, or put it down."),
    _everywhere("who", "f4", "who", "See who is here."),
    _everywhere("note", "f5", "note", "Write a line to the teacher."),
    _everywhere("more", "f6", "read on", "Read on where the class's line at the bottom is cut off."),
)
"""Work whatever a student looks at."""
FOLLOWER: tuple[Command, ...] = (
    Command("scroll_down", "pagedown", "more text", "Read all that the class is told, in pages.", CLASS),
)
"""Those of the debugger's that are there while one follows, where a screen names them."""
TEACHER: tuple[Command, ...] = (
    _everywhere("panel", "f2", "panel", "Open and close the class's panel: who is here, and what they do."),
    _everywhere("answers", "f3", "answers", "See the answers to the class's latest question."),
    _everywhere("who", "f4", "who", "See who is here."),
    _everywhere("announce", "f5", "note", "Write a line to everybody."),
    _everywhere("more", "f6", "read on", "Read on where the class's line at the bottom is cut off."),
)
"""Work whatever a teacher looks at."""
PANEL: tuple[Command, ...] = (
    _in_panel("call", "c", "call back", "Call everybody back to the class's session."),
    _in_panel("together", "k", "keep together", "Call everybody back, and let nobody leave the class's session."),
    _in_panel("release", "g", "let go", "Let everybody leave the class's session."),
    _in_panel("look", "s,enter", "look", "Look over the chosen student's shoulder; they see that you do."),
    _in_panel("lead", "l", "lead", "Hand the chosen student the lead, or take it back."),
    _in_panel("lower", "d", "hand down", "Put the chosen student's hand down."),
    _in_panel("mute", "m", "mute", "Show the chosen student's notes and hand no more, or again."),
    _in_panel("remove", "x", "remove", "Send the chosen student out, or let them in again."),
    _in_panel("announce", "n", "note", "Write a line to everybody."),
    _in_panel("answers", "a", "answers", "See the answers to the class's latest question, and to earlier ones."),
    _in_panel("reveal", "r", "reveal", "Show everybody how the answers are distributed, or put that away."),
    _in_panel("end", "e", "end", "End the class: everybody leaves, and its summary is written."),
)
"""Work in the panel."""

_FOLLOWER_LETTERS = {
    "d": "follow", "h": "hand", "w": "who", "m": "note", "r": "more", "a": "answer", "q": "leave", "ctrl+q": "leave",
    "ctrl+c": "leave", "pagedown": "read",
}  # fmt: skip


def in_palette(command: Command) -> str:
    """`class: raise your hand (f3)`."""
    said = re.split("[,:;.]", command.help)[0]
    where = "F2 " if command.group == PANEL_GROUP else ""
    return f"class: {said[0].lower()}{said[1:]} ({where}{command.shown_key})"


def _methods(commands: tuple[Command, ...]) -> dict[str, str]:
    return {key: command.name.removeprefix("class_") for command in commands for key in command.keys.split(",")}


STUDENT_KEYS, TEACHER_KEYS = _methods(STUDENT), _methods(TEACHER)
"""Textual's name of a key → what the seat does: `do_<name>`."""
FOLLOWER_KEYS = STUDENT_KEYS | _FOLLOWER_LETTERS
"""While one follows no key is the debugger's, so that letters do it too."""

"""Keys by name: how they are printed, and a table of commands with other keys than the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.diagnostics import did_you_mean

if TYPE_CHECKING:
    from engine.scenario.document import Document
    from tui.keymap import Command

MAX_KEYS = 6
"""Keys that one command may have."""
RESERVED = {
    "tab": "it goes from matrix to matrix", "shift+tab": "it goes from matrix to matrix",
    "up": "it goes through a matrix", "down": "it goes through a matrix", "ctrl+c": "it copies what is selected",
    "ctrl+i": "a terminal does not tell it from tab", "ctrl+m": "a terminal does not tell it from enter",
}  # fmt: skip
"""Keys that no command can have, and why."""
MODIFIERS = ("alt", "ctrl", "shift")
"""In the order of Textual's names."""
_SHORT = {"escape": "esc"}


@cache
def shown_key(key: str) -> str:
    """`?` for `question_mark`, `^s` for `ctrl+s`: a key as it is printed on a keyboard."""
    *modifiers, name = key.split("+")
    if modifiers:
        return ("^" if modifiers == ["ctrl"] else "+".join(modifiers) + "+") + shown_key(name)
    character = _character(name)
    return character if character.isprintable() and character.strip() else _SHORT.get(name, name)


def _character(name: str) -> str:
    """What a key writes; empty where it writes nothing. Textual finds it by a long name, not by its short `slash`."""
    from textual.keys import REPLACED_KEYS, key_to_character

    return name if len(name) == 1 else key_to_character(REPLACED_KEYS.get(name, name)) or ""


def with_keys(commands: tuple[Command, ...], keys: Mapping[str, Any], document: Document) -> tuple[Command, ...]:
    """The table with the keys that `keys` gives: `{"next": ["n", "enter"], "theme": "f2"}`.

    The document collects what is wrong with them: a command or a key that there is not, a key of two commands.
    """
    names = [command.name for command in commands]
    chosen: dict[str, list[str]] = {}
    for name, value in keys.items():
        path = f"keys.{name}"
        typed = [value] if isinstance(value, str) else value
        if name not in names:
            hints = did_you_mean(name, names) or (f"there are: {', '.join(names)}",)
            document.problem("unknown_key", f"there is no command called {name}", path, hints)
        elif not _is_list_of_keys(typed):
            hint = f'{name} = "ctrl+t", or {name} = ["n", "right"]'
            document.problem("bad_value", f"{name} must be a key, or a list of 1 to {MAX_KEYS} keys", path, (hint,))
        else:
            chosen[name] = [key for each in typed if (key := _checked(each, path, document))]
    changed = tuple(
        replace(command, keys=",".join(chosen[command.name])) if chosen.get(command.name) else command
        for command in commands
    )
    _refuse_clashes(changed, chosen, document)
    return changed


def _is_list_of_keys(typed: object) -> bool:
    return isinstance(typed, list) and 1 <= len(typed) <= MAX_KEYS and all(isinstance(key, str) for key in typed)


@cache
def _known_keys() -> frozenset[str]:
    """The keys that have a name and print nothing, and the space."""
    from textual.keys import Keys

    found = (key.value for key in Keys if "+" not in key.value and not key.value.startswith("<"))
    return frozenset({*found, "space"} - {"ctrl-at", "return"})


def _checked(typed: str, path: str, document: Document) -> str:
    """A key by Textual's name for it; nothing, and a problem, where there is no such key."""
    from textual.keys import _character_to_key

    text = f"ctrl+{typed[1:]}" if typed.startswith("^") and len(typed) > 1 else typed
    *modifiers, last = text.split("+") if len(text) > 1 and not text.endswith("++") else [text]
    last = {"esc": "escape"}.get(last, last)
    unknown = [each for each in modifiers if each not in MODIFIERS]
    if last == " ":
        last = "space"
    elif last not in _known_keys():
        character = _character(last)
        if character and character.isprintable():
            last = _character_to_key(character)
        else:
            unknown = [last]
    if unknown:
        hints = did_you_mean(unknown[0], (*_known_keys(), *MODIFIERS)) or (
            "keys are written as n, ?, ctrl+t, f2, enter, pagedown",
        )
        document.problem("bad_value", f"there is no key called {typed}", path, hints)
        return ""
    key = "+".join([*sorted(modifiers, key=MODIFIERS.index), last])
    if key in RESERVED:
        document.problem("bad_value", f"{typed} cannot be the key of a command: {RESERVED[key]}", path)
        return ""
    return key


def _refuse_clashes(commands: tuple[Command, ...], chosen: Mapping[str, list[str]], document: Document) -> None:
    owners: dict[str, str] = {}
    for command in sorted(commands, key=lambda command: command.name in chosen):  # the file's own keys are at fault
        for key in command.keys.split(","):
            owner = owners.setdefault(key, command.name)
            if owner != command.name:
                hint = f"choose another key, or give {owner} another one too"
                message = f"{shown_key(key)} is already the key of {owner}"
                document.problem("key_clash", message, f"keys.{command.name}", (hint,))

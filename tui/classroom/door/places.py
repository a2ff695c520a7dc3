"""Whose place in a class it is: a new one, or the one that somebody had before their connection dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.diagnostics import Diagnostic
from tui.classroom.door.codes import same, word_for
from tui.classroom.room.names import clean, skeleton, unique

MAX_PLACES = 1_000
"""People of one class, those who have left too."""
MAX_WRONG_WORDS = 10
"""For one person, by whomever they are tried; beyond, only the person's key is good for coming back."""
_RESERVED = frozenset({"teacher", "chainstep"})
"""Names that no student may go by."""


class Known(Protocol):
    """What is asked of a class about each of its people."""

    @property
    def name(self) -> str: ...
    @property
    def teaches(self) -> bool: ...
    @property
    def present(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody sits down."""

    person: str
    """The id, of small letters and digits. It follows from the public key, or else from the name."""
    name: str
    """Cleaned, and nobody else's."""
    is_taken_up: bool = False
    """Whether they were here before: their session goes on, and a connection that still has the place ends."""


class Places:
    """Gives places to people. One who comes back shows who they are by the same key, or by their word.

    Where only people on the machine itself can come (`by_name`), a student's name alone takes up a place that is empty
    and that no key holds; to fetch what is kept of its holder, it need not be empty. A teacher's place is taken up by
    their key only.
    """

    def __init__(self, secret: bytes, *, by_name: bool = False) -> None:
        self.secret = secret
        """What the words follow from; the servers of one class share it."""
        self.by_name = by_name
        self._wrong: dict[str, int] = {}
        """Wrong words by person; only for people there are."""

    def word(self, person: str) -> str:
        """What a person, given by id, types to take up their place again; for their own screen only."""
        return word_for(person, self.secret)

    def holder(self, name: str, people: Mapping[str, Known], kept: Container[str] = ()) -> str | None:
        """The id of the student whose place goes by a name, if any: who gives it may be asked for the word.

        `people` are those of the class by their ids, `kept` the ids of those of whom a log is kept from before the
        server was started again.
        """
        looked_for = skeleton(clean(name))
        for person, known in people.items():
            if skeleton(known.name) == looked_for:
                return None if known.teaches else person
        person = person_of_name(name)
        return person if person in kept and person not in people else None

    def take(
        self,
        name: str,
        people: Mapping[str, Known],
        kept: Container[str] = (),
        *,
        key: bytes | None = None,
        word: str = "",
        teaches: bool = False,
        fetches: bool = False,
    ) -> Place:
        """The place of somebody who has been let in, as the name that they gave, their public key and their word say.

        With `fetches` they do not sit down, and whoever sits there goes on.

        Raises a Diagnostic `wrong_word`, which counts as a wrong try, or `too_many`.
        """
        by_key = None if key is None else person_of_key(key)
        if by_key is not None and by_key in people:
            return Place(by_key, people[by_key].name, is_taken_up=True)
        if not teaches and (holder := self._taken_up(name, people, kept, key, word, fetches=fetches)):
            return Place(holder, people[holder].name if holder in people else clean(name), is_taken_up=True)
        if len(people) >= MAX_PLACES:
            raise Diagnostic("too_many", f"the class has its {MAX_PLACES} people")
        names = {skeleton(known.name) for known in people.values()} | (frozenset() if teaches else _RESERVED)
        name = unique(name, lambda shape: shape in names or any(_person(shape) in ids for ids in (people, kept)))
        return Place(by_key or person_of_name(name), name, is_taken_up=by_key in kept)

    def _taken_up(
        self,
        name: str,
        people: Mapping[str, Known],
        kept: Container[str],
        key: bytes | None,
        word: str,
        *,
        fetches: bool,
    ) -> str | None:
        """The id of the person who comes back by a word, or by name alone."""
        person = self.holder(name, people, kept)
        if word:
            if person is None or self._wrong.get(person, 0) >= MAX_WRONG_WORDS:
                raise Diagnostic("wrong_word", "nobody of that name comes back by a word")
            if not same(self.word(person), word):
                self._wrong[person] = self._wrong.get(person, 0) + 1
                raise Diagnostic("wrong_word", "that is not the word for coming back by that name")
            return person
        if person is None or key is not None or not self.by_name or person.startswith(_BY_KEY):
            return None
        return None if not fetches and person in people and people[person].present else person


_BY_KEY, _BY_NAME = "k", "n"


def person_of_key(blob: bytes) -> str:
    """The id of whoever holds a public key."""
    return _BY_KEY + hashlib.sha256(blob).hexdigest()[:24]


def person_of_name(name: str) -> str:
    """The id of who goes by a name without a key."""
    return _person(skeleton(clean(name)))


def _person(shape: str) -> str:
    return _BY_NAME + hashlib.sha256(shape.encode()).hexdigest()[:24]

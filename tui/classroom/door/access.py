"""Who gets into a class, and as what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from engine.diagnostics import Diagnostic
from tui.addresses import is_local
from tui.classroom.door.authorized_keys import Keys
from tui.classroom.door.codes import ClassCode


class Role(StrEnum):
    """As what a person comes in."""

    TEACHER = "teacher"
    STUDENT = "student"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who gets in where the server listens on `host`.

    On the machine itself, students need nothing, unless a code or keys are given; on any other address they need the
    code or one of the keys. A teacher needs a key everywhere; at the server's own terminal no one is asked.
    """

    host: str
    code: ClassCode | None = None
    students: Keys = field(default_factory=Keys)
    teachers: Keys = field(default_factory=Keys)

    def __post_init__(self) -> None:
        """Raises a Diagnostic `open_door` where anybody on the network could come in."""
        if self.is_open and not is_local(self.host):
            raise Diagnostic(
                "open_door", f"whoever reaches {self.host or 'this machine'} could come in",
                hints=("let a class code be made", "or name a file of the students' public keys",
                       "or listen on 127.0.0.1 alone"),
            )  # fmt: skip

    @property
    def is_open(self) -> bool:
        """Whether students get in with nothing."""
        return self.code is None and not self.students.blobs

    @property
    def is_local(self) -> bool:
        """Whether only people on the machine itself can come to the door."""
        return is_local(self.host)

    def role_of_key(self, blob: bytes) -> Role | None:
        """As what the holder of a public key comes in; `blob` is the key as it crosses in the protocol.

        Where students need nothing any key does, and keeps their place for them.
        """
        if blob in self.teachers:
            return Role.TEACHER
        return Role.STUDENT if self.is_open or blob in self.students else None

    def accepts_code(self, typed: str) -> bool:
        """Whether a student comes in by what was typed. No code ever makes a teacher."""
        return self.code is not None and self.code.matches(typed)

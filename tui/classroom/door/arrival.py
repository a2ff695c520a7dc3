"""One connection at the door: what it is asked, what it shows, and as whom it comes in."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from engine.diagnostics import Diagnostic
from tui.classroom.door.access import Policy, Role
from tui.classroom.door.door import Door, Visit
from tui.classroom.door.places import Known, Place, Places

CODE, WORD = "Class code: ", "Your word for coming back, or Enter: "
WHY_A_WORD = (
    "Somebody of that name has been here. If that was you, type the word that you were shown then;\n"
    "if not, press Enter, and you get a name of your own."
)
NOT_THE_CODE = (
    "That was not the class code. Type the letters and digits that the teacher shows, or ask the teacher for them;\n"
    "capitals, spaces and dashes do not matter."
)
NOT_THE_WORD = "That was not the word."
TEACHER = "teacher"


class Reception:
    """What all arrivals at one server have in common."""

    def __init__(
        self,
        policy: Policy,
        door: Door,
        places: Places,
        people: Callable[[], Mapping[str, Known]],
        kept: Callable[[], Container[str]],
    ) -> None:
        self.policy, self.door, self.places = policy, door, places
        self.people, self.kept = people, kept

    def arrive(self, address: str) -> Arrival:
        """Somebody connects. Raises a Diagnostic `too_many`."""
        return Arrival(self, self.door.admit(address))


class Arrival:
    """Nobody, until they have shown that they may come in."""

    def __init__(self, reception: Reception, visit: Visit) -> None:
        self._reception, self._visit = reception, visit
        self._name = ""
        self._role = Role.STUDENT
        self._key: bytes | None = None
        self._word = ""
        self._is_asked_again = False
        """Whether the last try was wrong."""
        self.question = CODE if reception.policy.code is not None else ""
        """What is to be typed next; nothing where nothing that is typed helps."""

    @property
    def wants_to_teach(self) -> bool:
        return self._name == TEACHER or self._name.startswith(f"{TEACHER}+")

    @property
    def instruction(self) -> str:
        """What stands above the question."""
        if self.question == WORD:
            return f"{NOT_THE_WORD}\n{WHY_A_WORD}" if self._is_asked_again else WHY_A_WORD
        return NOT_THE_CODE if self._is_asked_again and self.question == CODE else ""

    @property
    def may_try(self) -> bool:
        return self._visit.may_try

    @property
    def delay(self) -> float:
        """Seconds to wait before the next try is answered."""
        return self._visit.delay

    def needs_proof(self, name: str) -> bool:
        """Whether somebody who gives that name has to show a key or to type a code."""
        self._name = name[:200]
        if self.wants_to_teach:
            self.question = ""
            return True
        return not self._reception.policy.is_open

    def has_key(self, blob: bytes) -> bool:
        """Whether that public key lets them in. That it is theirs, the protocol sees to."""
        role = self._reception.policy.role_of_key(blob)
        if role is None or (self.wants_to_teach and role is not Role.TEACHER):
            return False
        self._role, self._key = (role if self.wants_to_teach else Role.STUDENT), blob
        return True

    def tried(self, typed: str) -> bool:
        """Whether what was typed answers the question; the next question follows, if there is one."""
        if not self.question or not self.may_try:
            return False
        # a key that was offered, and not proven, gives nothing to who comes in by a code
        self._role, self._key = Role.STUDENT, None
        right = self._is_code(typed) if self.question == CODE else self._is_word(typed)
        self._visit.tried(right=right)
        self._is_asked_again = not right
        return right

    def _is_code(self, typed: str) -> bool:
        if not self._reception.policy.accepts_code(typed):
            return False
        places, people, kept = self._reception.places, self._reception.people(), self._reception.kept()
        self.question = WORD if places.holder(self._name, people, kept) else ""
        return True

    def _is_word(self, typed: str) -> bool:
        self._word = typed.strip()
        try:
            self._place()
        except Diagnostic:
            self._word = ""
            return False
        self.question = ""
        return True

    def settle(self, *, fetches: bool = False) -> tuple[Place, bool]:
        """Their place, and whether they teach; `fetches` is for who only wants what is kept of theirs.

        Raises a Diagnostic `too_many` where there is none.
        """
        self._visit.entered()
        return self._place(fetches=fetches), self._role is Role.TEACHER

    def _place(self, *, fetches: bool = False) -> Place:
        reception = self._reception
        name = self._name.partition("+")[2] or TEACHER if self.wants_to_teach else self._name
        return reception.places.take(
            name, reception.people(), reception.kept(), key=self._key, word=self._word,
            teaches=self._role is Role.TEACHER, fetches=fetches,
        )  # fmt: skip

    def left(self) -> None:
        """The connection is closed."""
        self._visit.left()

"""A seat without a screen: the same class as plain lines, for `ssh -T`, dumb terminals and screen readers."""

from __future__ import annotations

import asyncio
from codecs import getincrementaldecoder
from contextlib import nullcontext
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from engine.session import Record, Session
from tui.classroom.apps.served import SEARCHES
from tui.classroom.room import messages
from tui.classroom.room.answers import is_over, shares
from tui.classroom.room.messages import AnyMessage
from tui.classroom.seats.seat import Seat
from tui.classroom.seats.status import who
from tui.classroom.ssh.terminal import Terminal
from tui.linear import Linear, question_lines, situation
from tui.look import Look

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom

MAX_LINE = 4_200
"""Characters of a line; what is more is dropped."""
MAX_WAITING = 20
"""Lines that may wait while one is answered; the next ones are read after that."""
_DOCTOR = ("d", "doctor")
_TEACHERS = ("call", "lock", "unlock", "lead")
HELP = """\
follow       follow the class
alone        a session of your own, from where the class is
hand         raise your hand, or put it down
who          who is here, and your word for coming back
note TEXT    a line to the teacher
a ANSWER     answer the class's question while you follow"""
TEACHERS_HELP = """\
call         everybody back to the class's session
lock, unlock nobody leaves the class's session, or they may again
lead NAME    hand the lead to a student; lead alone takes it back
end class    everybody leaves, and the summary is written"""


class LinesSeat(Seat):
    """Each line that comes is a command; what the class does comes as lines in between."""

    def __init__(self, classroom: Classroom, terminal: Terminal, person: str, *, teaches: bool = False) -> None:
        super().__init__(classroom, terminal, person)
        self.teaches = teaches
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._typed = ""
        self._linear: Linear | None = None
        self._lines: asyncio.Queue[str] = asyncio.Queue()

    @property
    def session(self) -> Session | None:
        return self._linear.session if self._linear is not None else None

    @property
    def is_busy(self) -> bool:
        return self._lines.qsize() > MAX_WAITING

    # ---- coming and going ------------------------------------------------------------------------------------------

    def take(self) -> None:
        self.terminal.on_drained = self._missed
        self.terminal.say(f"{self.classroom.scenario.title}\n")
        self.tasks.add(asyncio.create_task(self._answer_lines()))
        super().take()
        self.terminal.say("? lists the commands, q leaves.\n")
        self._prompt()

    def dismiss(self, text: str) -> None:
        self.terminal.say(f"\n{text}\n")
        self.terminal.close()

    def ended(self) -> None:
        """What was sent is answered first: it may come through a pipe."""
        self._lines.put_nowait("q")

    def show_nothing(self) -> None:
        self._linear = None

    def show_class(self) -> None:
        self._linear = None
        leader = self.classroom.room.people.get(self.classroom.room.leader)
        self.terminal.say(f"You follow {leader.name if leader else 'the class'}.\n")
        self._say_situation()

    def show_session(self, session: Session) -> None:
        self._linear = Linear(
            self.classroom.scenario, ascii_only=self.terminal.is_poor, session=session.forked(self._did),
            may_read_files=False,
        )  # fmt: skip
        whose = "The class sees what you do." if self.is_leading else "Somebody else leads."
        self.terminal.say(f"{'This session is your own.' if self.is_alone else whose}\n")
        self._say_situation()

    def resized(self, size: tuple[int, int]) -> None:
        self.terminal.size = size

    def notice(self, text: str) -> None:
        self.terminal.say(f"{text}\n")

    def _missed(self) -> None:
        self.terminal.say("\n(what was said while you did not read is left out)\n")

    # ---- lines that come -------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        self.last_heard = self.loop.time()
        for character in self._decode(data):
            if character in "\r\n":
                self._echo_typed("\n" if character == "\r" else "")
                line, self._typed = self._typed, ""
                self._lines.put_nowait(line)
            elif character in "\x03\x04" and self.terminal.has_pty:
                self.do_leave()
            elif character in "\x08\x7f":
                self._echo_typed("\b \b" if self._typed else "")
                self._typed = self._typed[:-1]
            elif character.isprintable() and len(self._typed) < MAX_LINE:
                self._typed += character
                self._echo_typed(character)

    def _echo_typed(self, text: str) -> None:
        if self.terminal.has_pty:
            self.terminal.say(text)

    async def _answer_lines(self) -> None:
        while True:
            line = (await self._lines.get()).strip()
            try:
                await self._do(line)
            except Diagnostic as problem:
                hint = f" ({problem.hints[0]})" if problem.hints else ""
                self.notice(f"{problem.message}{hint}")
            except asyncio.CancelledError:
                raise
            except Exception as problem:
                self.classroom.report(self.person, problem)
                self.notice("something went wrong with that; the session is as it was before")
            self._prompt()

    def _prompt(self) -> None:
        self.terminal.say("> ")

    async def _do(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word in ("q", "quit", "exit"):
            self.do_leave()
        elif word in ("?", "h", "help"):
            await self._linear_does(line)
            self.notice(HELP + (f"\n{TEACHERS_HELP}" if self.teaches else ""))
        elif word in ("follow", "alone", "hand", "who"):
            {"follow": self._follows, "alone": self._leaves, "hand": self._raise, "who": self.do_who}[word]()
        elif word == "note" and rest:
            self.send(messages.Note(by=self.person, text=rest))
        elif self.teaches and (word in _TEACHERS or line == "end class"):
            self._teach(word, rest)
        elif self._linear is not None:
            await self._linear_does(line)
        elif word == "a" and rest:
            self.answer(rest)
        else:
            raise Diagnostic("following", "you follow the class", hints=("alone begins a session of your own",))

    async def _linear_does(self, line: str) -> None:
        linear = self._linear
        if linear is None:
            return
        if self.teaches and not self.is_leading:
            raise Diagnostic("not_leading", "somebody else leads", hints=("lead takes the lead back",))
        if not self.is_alone and self.classroom.problem is not None:
            raise self.classroom.problem
        answer = await asyncio.to_thread(_handled, linear, line)
        if answer:
            self.notice(answer)

    def _raise(self) -> None:
        up = self.me.hand is None
        if self.send(messages.Hand(by=self.person, up=up)):
            self.notice("your hand is up" if up else "your hand is down")

    def _did(self, record: Record) -> None:
        """Something was done, in whatever thread."""
        self.loop.call_soon_threadsafe(self.telling.did, record)

    def _follows(self) -> None:
        if self.teaches or self.is_leading:
            raise Diagnostic("leading", "you lead: the class sees what you do")
        self.follow()

    def _leaves(self) -> None:
        if self._linear is None:
            self.alone()

    def _teach(self, word: str, rest: str) -> None:
        by, room = self.person, self.classroom.room
        if word == "call":
            self.send(messages.Call(by=by))
        elif word in ("lock", "unlock"):
            self.send(messages.Lock(by=by, locked=word == "lock"))
        elif word == "end":
            self.send(messages.End(by=by))
        else:
            found = [person.id for person in room.people.values() if person.name.casefold() == rest.casefold()]
            if rest and not found:
                raise Diagnostic("unknown_name", f"nobody is called {rest}", hints=(who(room),))
            self.send(messages.Lead(by=by, whom=found[0] if rest else by))

    # ---- what the class does ---------------------------------------------------------------------------------------

    def heard(self, message: AnyMessage) -> None:
        follows = self._linear is None or (self.teaches and not self.is_leading)
        if isinstance(message, messages.Led) and follows and message.by != self.person:
            if self._linear is not None:
                self._linear.session = self.classroom.room.session.forked(self._did)
            self.terminal.say("\n")
            self._say_situation()
            self._prompt()
        elif isinstance(message, messages.Reveal) and self.classroom.room.revealed:
            room = self.classroom.room
            is_told = is_over(room, room.revealed)
            lines = [
                f"{share.count}: {share.answer or 'given up'}{' (right)' if share.is_right and is_told else ''}"
                for share in shares(room, room.revealed, is_told=is_told)
            ]
            self.terminal.say("\n".join(["", "The answers:", *lines, ""]))
        else:
            super().heard(message)

    def _say_situation(self) -> None:
        state = self.session.state if self.session is not None else self.classroom.room.session.state
        lines = [*filter(None, [state.say.strip()]), *situation(state, Look())]
        if state.quiz.is_open and state.quiz.question is not None:
            lines += question_lines(state.quiz.question)
        text = "\n".join(lines) + "\n"
        self.terminal.say(self.glyphs(text))


def _handled(linear: Linear, line: str) -> str:
    """What the session answers; a doctor waits for its turn, as those on screens do."""
    with SEARCHES if line.partition(" ")[0] in _DOCTOR else nullcontext():
        return linear.handle(line)

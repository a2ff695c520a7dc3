"""Somebody without a screen: each line that comes is a command, and what the class does comes as lines in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from engine.session import Record, Session, State
from tui.classroom.apps.served import SEARCHES
from tui.classroom.room.messages import AnyMessage, Led, Reveal
from tui.classroom.seats.lines import commands, teaching
from tui.classroom.seats.lines.conversation import Conversation
from tui.classroom.seats.lines.looking import Looking
from tui.classroom.seats.lines.news import News
from tui.classroom.seats.lines.sentences import open_question_lines, shares_lines, state_lines
from tui.classroom.seats.seat import Seat
from tui.classroom.ssh.terminal import Terminal
from tui.linear import Linear, how_line, refusal

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom

MAX_WAITING = 20
"""Lines that may wait while one is answered; the next ones are read after that."""
_DOCTOR = ("d", "doctor")


class LinesSeat(Seat):
    """Follows the class as lines, or has a session of `tui.linear`."""

    takes_back = "lead"

    def __init__(self, classroom: Classroom, terminal: Terminal, person: str, *, teaches: bool = False) -> None:
        super().__init__(classroom, terminal, person)
        self.teaches = teaches
        self.linear: Linear | None = None
        """What this person acts in; None while another leads them."""
        self._conversation = Conversation(terminal, self.glyphs)
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self.news = News(self)
        self._leader = ""
        """Who was said to lead."""
        self.looking = Looking(self)

    @property
    def session(self) -> Session | None:
        return self.linear.session if self.linear is not None else None

    @property
    def commands(self) -> tuple[commands.Command, ...]:
        """What can be typed now, besides the session's commands."""
        if self.teaches:
            return teaching.NOT_LEADING if self.linear is None else teaching.TEACHING
        if self.linear is None:
            return commands.FOLLOWING
        return commands.LEADING if self.is_leading else commands.ALONE

    @property
    def is_busy(self) -> bool:
        return self._lines.qsize() > MAX_WAITING

    # ---- coming and going ------------------------------------------------------------------------------------------

    def take(self) -> None:
        self.terminal.on_drained = lambda: self.notice("(what was said while you did not read is left out)")
        self.notice(self.classroom.scenario.title)
        self.tasks.add(asyncio.create_task(self._answer_lines()))
        super().take()
        self.notice("? lists the commands, q leaves.")
        self._conversation.prompt()

    def dismiss(self, text: str) -> None:
        self._conversation.end(text)
        self.terminal.close()

    def ended(self) -> None:
        """What was sent is answered first: it may come through a pipe."""
        self._lines.put_nowait("q")

    def gone(self) -> None:
        self.looking.away()
        self.news.stop()
        super().gone()

    def show_nothing(self) -> None:
        self.linear = None

    def show_class(self) -> None:
        self.linear = None
        self._say_where(f"You follow {self._called}.")

    def show_session(self, session: Session) -> None:
        if self.teaches and not self.is_leading:
            self.linear = None
            self._say_where(f"{self._called} leads the class.")
            return
        self.linear = Linear(
            self.classroom.scenario, ascii_only=self.terminal.is_poor, session=session.forked(self._did),
            may_read_files=False,
        )  # fmt: skip
        self._say_where("This session is your own." if self.is_alone else "The class sees what you do.")

    def resized(self, size: tuple[int, int]) -> None:
        self.terminal.size = size

    # ---- what is said ----------------------------------------------------------------------------------------------

    def notice(self, text: str) -> None:
        self._conversation.say(text)

    def say(self, lines: Iterable[str]) -> None:
        """Say lines, if there are any."""
        if found := list(lines):
            self._conversation.say(*found)

    @property
    def _called(self) -> str:
        """Who leads, by name."""
        leader = self.classroom.room.people.get(self.classroom.room.leader)
        return leader.name if leader is not None else "the class"

    def _say_where(self, whose: str) -> None:
        """Whose session it is, and where it stands, unless that was said last."""
        self._leader = self.classroom.room.leader
        state = self._shown.state
        is_known = state is self.news.told
        lines = self.how_lines(state) if is_known else (*state_lines(state), *self.question_lines(state))
        self.news.are_told(state)
        self.say([whose, *lines])

    @property
    def _shown(self) -> Session:
        return self.session or self.classroom.room.session

    def class_lines(self) -> Iterator[str]:
        """Where the class's session stands."""
        state = self.classroom.room.session.state
        yield from state_lines(state)
        yield from self.question_lines(state)

    def question_lines(self, state: State) -> Iterator[str]:
        """The open question, with what this person can do about it."""
        yield from open_question_lines(state)
        yield from self.how_lines(state)

    def how_lines(self, state: State) -> Iterator[str]:
        """How this person answers the open question, if they do."""
        question = state.quiz.question
        if state.quiz.is_open and question is not None and not (self.linear is None and self.teaches):
            yield how_line(question, has_help=self.linear is not None)

    # ---- lines that come -------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        self.last_heard = self.loop.time()
        for line in self._conversation.read(data):
            if line is None:
                self.do_leave()
            else:
                self._lines.put_nowait(line)

    async def _answer_lines(self) -> None:
        while True:
            line = (await self._lines.get()).strip()
            self._conversation.begin()
            try:
                await self._do(line)
            except Diagnostic as problem:
                self.say(refusal(problem))
            except asyncio.CancelledError:
                raise
            except Exception as problem:
                self.classroom.report(self.person, problem)
                self.notice("something went wrong with that; the session is as it was before")
            self._conversation.prompt()

    async def _do(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        known = {word: command for command in self.commands for word in command.words}
        if line in known:  # two words can be one command
            self.say(known[line].answer(self, ""))
        elif word in known:
            self.say(known[word].answer(self, " ".join(rest.split())))
        elif self.linear is not None and word not in ("alone", "follow"):
            await self._linear_does(self.linear, line)
        elif line:
            raise self._out_of_place()

    def _out_of_place(self) -> Diagnostic:
        """Why something cannot be typed here."""
        if self.teaches and self.linear is None:
            return Diagnostic("not_leading", f"the class is led by {self._called}", hints=("lead takes the lead back",))
        if self.linear is None:
            return Diagnostic("following", "you follow the class", hints=("alone begins a session of your own",))
        if self.is_alone:
            return Diagnostic("alone", "this session is your own", hints=("follow goes back to the class",))
        return Diagnostic("leading", "you lead: the class sees what you do")

    async def _linear_does(self, linear: Linear, line: str) -> None:
        if not self.is_alone and self.classroom.problem is not None:
            raise self.classroom.problem
        if self.is_alone:
            self.news.told = None
        if answer := await asyncio.to_thread(handled, linear, line):
            self.notice(answer)

    def _did(self, record: Record) -> None:
        """Something was done, in whatever thread."""
        self.loop.call_soon_threadsafe(self.telling.did, record)

    # ---- what the class does ---------------------------------------------------------------------------------------

    def heard(self, message: AnyMessage) -> None:
        room, is_mine = self.classroom.room, message.by == self.person
        match message:
            case Led(action=action) if self.linear is None:
                self.news.heard(action)
            case Led() if self.is_leading:
                self.news.are_told(room.session.state)
            case Reveal() if room.revealed and not is_mine:
                self.say([f"The answers to: {' '.join(room.revealed.split())}", *shares_lines(room, room.revealed)])
            case _:
                self.looking.heard(message)
        super().heard(message)
        if self._leader != room.leader and not self.terminal.is_closed:
            self._leader = room.leader
            if self.linear is None:
                self.notice(f"{self._called} leads the class")


def handled(linear: Linear, line: str) -> str:
    """What the session answers; a doctor waits for its turn, as those on screens do."""
    with SEARCHES if line.partition(" ")[0] in _DOCTOR else nullcontext():
        return linear.handle(line)

"""A session that is talked to: a line goes in, sentences come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.diagnostics import Diagnostic, did_you_mean, underline
from engine.doctor import Finding
from engine.scenario import Player, Scenario
from engine.session import Session, State, actions
from tui.glyphs import Glyphs
from tui.linear.commands import COMMANDS, WORDS, LineCommand
from tui.linear.sentences import WIDTH, change_lines, moved_lines, news_lines, question_lines, situation
from tui.look import Look
from tui.saving import source_of

_CHANGES = (actions.Edit, actions.SetValues, actions.Update, actions.Undo, actions.Redo, actions.Reset)
MAX_LINE = 20_000
"""Characters of the longest line that is read."""


class Linear:
    """`linear.handle(line)` is the answer to a line. Nothing here reads, prints or waits."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        ascii_only: bool = False,
        session: Session | None = None,
        look: Look = Look(),  # noqa: B008 frozen
        may_read_files: bool = True,
    ) -> None:
        self.scenario = scenario
        self.session: Session = session or Session(scenario.opening, scenario.title, source=source_of(scenario))
        self.glyphs = Glyphs(ascii_only=ascii_only)
        self.lesson = Player(self.session, scenario.script)
        self.look: Look = look
        """How numbers are read."""
        self.may_read_files = may_read_files
        """Whether files may be named: not where they are those of somebody else's machine."""
        self.is_over = False
        """Whether the conversation has been ended by `q`."""
        self.found: Finding | None = None
        """What the doctor found last."""
        self.stage = 0
        """How many of its hints have been given."""

    @property
    def state(self) -> State:
        return self.session.state

    @property
    def commands(self) -> tuple[LineCommand[Linear], ...]:
        """What can be typed here."""
        return tuple(command for command in COMMANDS if self.may_read_files or not command.needs_files)

    @property
    def greeting(self) -> str:
        """What is said before the first line."""
        return self._spelled([
            self.scenario.title, *filter(None, [self.state.program.title]), *situation(self.state, self.look),
            "Commands: n next, b back, s step into, o out, enter goes on with the lesson, ? help, q leave.",
        ])  # fmt: skip

    def handle(self, line: str) -> str:
        """The answer: sentences, one a line, without a line's end behind the last; empty where there is none.

        Whatever cannot be done is answered, too, and leaves the session as it was.
        """
        try:
            if len(line) > MAX_LINE:
                raise Diagnostic("too_large", f"a line has {MAX_LINE:,} characters at most")
            return self._spelled(self._answer(line.strip()))
        except Diagnostic as problem:
            return self._spelled(refusal(problem))

    def _spelled(self, lines: Iterable[str]) -> str:
        return self.glyphs("\n".join(lines))

    def _answer(self, line: str) -> list[str]:
        word, _, rest = (line if not line.startswith(":") else f": {line[1:]}").partition(" ")
        command = WORDS.get(word)
        if command is None:
            hints = did_you_mean(word, WORDS) or ("? lists the commands",)
            raise Diagnostic("unknown_command", f"there is no command {word[:40]}", hints=hints)
        return list(command.answer(self, rest.strip()))

    # ---- what commands do -------------------------------------------------------------------------------------------

    def done(self, action: actions.AnyAction) -> Iterator[str]:
        """Dispatch an action, and say what has become of it. Raises the Diagnostic of one that is refused."""
        before = self.state
        state = self.session.dispatch(action)
        if isinstance(action, _CHANGES) and state.program is not before.program:
            yield from change_lines(before, state)
            return
        yield from moved_lines(before, state, self.look)

    def go_on(self) -> Iterator[str]:
        """The next entry of the lesson; after its end, or without one, the next factor."""
        if self.lesson.is_over:
            yield from self.done(actions.Step())
            return
        before = self.state
        state = self.lesson.go_on()
        if state.say:
            yield " ".join(state.say.split())
        if state.quiz.is_open and state.quiz.question is not None:
            yield from question_lines(state.quiz.question)
        yield from news_lines(before, state, self.look)
        if self.lesson.is_over and state.quiz.score and not state.quiz.is_open:
            yield f"The lesson is over: {state.quiz.score}."

    def noted(self, text: str) -> Iterator[str]:
        """Write a note, which is saved with the session."""
        if not text:
            raise Diagnostic("bad_value", "a note is missing, as in note the layouts are mixed here")
        self.session.dispatch(actions.Note(say=text))
        yield f"Noted: {text}"

    def answered(self, action: actions.Answer) -> Iterator[str]:
        """Answer the open question, and say what is said to it."""
        quiz = self.session.dispatch(action).quiz
        yield quiz.reply
        if not quiz.is_open and quiz.score:
            yield f"{quiz.score[:1].upper()}{quiz.score[1:]}."


def refusal(problem: Diagnostic) -> Iterator[str]:
    """What cannot be done, why, where in what was typed, and what could be done."""
    hint = f" {problem.hints[0][:1].upper()}{problem.hints[0][1:]}." if problem.hints else ""
    yield f"{problem.message[:1].upper()}{problem.message[1:]}.{hint}"
    if problem.where.text is not None and problem.where.span is not None:
        yield from (f"  {line}" for line in underline(problem.where.text, problem.where.span, WIDTH))

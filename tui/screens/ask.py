"""A question of the lesson: the prompt, choices or a line to type in, hints, the reply, and the points."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UnsetType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.session import actions
from engine.session.actions import Ask, QuestionKind, Reply
from engine.session.quiz import MAX_TRIES, AnswerVerdict
from engine.session.replies import EXAMPLES, WORDS, typed_reply
from tui.render import DIM
from tui.screens.dialog import Dialog

MARKS = {AnswerVerdict.RIGHT: ("✓ ", "bold $success"), AnswerVerdict.WRONG: ("✗ ", "bold $error")}


class AnswerBox(Input):
    """Where an answer is typed; `?`, which is in none, asks for a hint."""

    class HintWanted(Message):
        """The key for a hint was pressed."""

    def on_key(self, event: Key) -> None:
        if event.character == "?":
            event.stop()
            event.prevent_default()
            self.post_message(self.HintWanted())


class AskScreen(Dialog):
    """Stands at the bottom, so that the chain and the matrices that it asks about can be seen above it.

    Leaving it keeps the question open; the lesson's key comes back to it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "look around", show=False),
        Binding("question_mark", "hint", "hint", show=False),
        Binding("ctrl+g", "give_up", "give up", show=False, priority=True),
        Binding("space", "go_on", "go on", show=False),
        Binding("pagedown", "scroll(1)", "more text", show=False, priority=True),
        Binding("pageup", "scroll(-1)", "text back", show=False, priority=True),
        Binding("enter", "go_on", "go on", show=False),
        *(Binding(str(number), f"choose({number})", str(number), show=False) for number in range(1, 10)),
    ]

    def __init__(self, question: Ask) -> None:
        super().__init__()
        self.question = question
        self.offered = tuple(question.choices) or WORDS.get(question.kind, ())
        self._refuted: list[Reply] = []
        """What has been answered here, and was wrong."""

    def compose(self) -> ComposeResult:
        glyphs = self.glyphs
        with self.frame("question", "", "ask"):
            with VerticalScroll(id="ask-prompt", can_focus=False):
                said = [Content.styled(glyphs(self.question.say.strip()), "$chain-say")] if self.question.say else []
                yield Static(Content("\n").join([*said, Content(glyphs(self.question.prompt.strip()))]), id="ask-text")
            if self.offered:
                yield OptionList(
                    *(Option(Content.assemble((str(number), "bold $accent"), f"  {glyphs(text)}"))
                      for number, text in enumerate(self.offered, start=1)),
                    id="ask-choices",
                )  # fmt: skip
            if not self._is_closed_list:
                yield AnswerBox(placeholder=glyphs(f"{EXAMPLES[self.question.kind]}"), id="ask-answer")
            with VerticalScroll(id="ask-reply", can_focus=False):
                yield Static(id="ask-said")

    @property
    def _is_closed_list(self) -> bool:
        """Whether there is nothing but the list to choose from."""
        return self.question.kind is QuestionKind.CHOICE or self.question.kind in WORDS

    def on_mount(self) -> None:
        self._focus_first()
        self.query_one("#ask").set_class(not self._is_closed_list and bool(self.offered), "-both")
        self.show_reply()

    def _focus_first(self) -> None:
        self.query_one("#ask-choices" if self.offered else "#ask-answer").focus()

    # ---- answering -------------------------------------------------------------------------------------------------

    def on_key(self) -> None:
        """Whoever presses a key is there to answer: a lesson that plays by itself waits for it."""
        if self._is_open:
            self.debugger.playback.hold()

    on_input_changed = on_key

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if not self._is_open:
            self.action_go_on()
        elif event.value.strip():
            self._answer(actions.Answer(value=typed_reply(self.question, event.value)))
        else:
            self.show_reply("Type an answer first.")

    def on_answer_box_hint_wanted(self) -> None:
        self.action_hint()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self._is_open:
            self.action_choose(event.option_index + 1)
        else:
            self.action_go_on()

    def action_choose(self, number: int) -> None:
        """Answer with one of what is offered."""
        if self._is_open and number <= len(self.offered):
            self.query_one(OptionList).highlighted = number - 1
            value = number - 1 if self.question.kind is QuestionKind.CHOICE else self.offered[number - 1]
            self._answer(actions.Answer(value=value))

    def action_hint(self) -> None:
        """The next hint."""
        if self._is_open:
            self._answer(actions.Answer(hint=True))

    def action_give_up(self) -> None:
        """Be shown the answer."""
        if self._is_open:
            self._answer(actions.Answer(give_up=True))

    def action_scroll(self, direction: int) -> None:
        """Scroll the prompt where it is longer than its room; once it has been answered, the reply."""
        page = self._long
        if page is not None:
            (page.scroll_page_down if direction > 0 else page.scroll_page_up)(animate=False)

    @property
    def _long(self) -> VerticalScroll | None:
        """What is longer than its room: the reply, or the prompt."""
        pages = [self.query_one(name, VerticalScroll) for name in ("#ask-reply", "#ask-prompt")]
        return next((page for page in pages if page.max_scroll_y), None)

    def action_go_on(self) -> None:
        """When the question is over, the next entry of the lesson."""
        if not self._is_open:
            self.dismiss()
            self.debugger.call_next(self.debugger.leave_question)

    @property
    def _is_open(self) -> bool:
        return self.debugger.state.quiz.is_open

    def _answer(self, action: actions.Answer) -> None:
        self.debugger.announce("")
        if action.value in self._refuted:  # enter after a number, or pressed twice: that is no other try
            self.show_reply("You have given this answer already: try another.")
            return
        is_accepted = self.debugger.dispatch(action)
        if is_accepted and not isinstance(action.value, UnsetType) and self._is_open:
            self._refuted.append(action.value)
        self.answered("" if is_accepted else self.debugger.last_message)

    def answered(self, problem: str = "") -> None:
        """Show the reply to what has been answered, or why it was no answer."""
        self.show_reply(problem)
        if not problem and not self._is_open:
            for box in self.query(Input):
                box.disabled = True  # so that space and enter go on
            self.focus()

    # ---- what is said ----------------------------------------------------------------------------------------------

    def show_reply(self, problem: str = "") -> None:
        """The reply to the last answer, or what is wrong with what was typed; what is at stake, and which keys work."""
        glyphs, quiz = self.glyphs, self.debugger.state.quiz
        lines: list[Content] = []
        for number, hint in enumerate(self.question.hints[: quiz.hints_shown], start=1):
            lines.append(Content.assemble((glyphs(f"hint {number}: "), "bold $chain-say"), glyphs(hint)))
        is_hint = quiz.hints_shown and quiz.reply == self.question.hints[quiz.hints_shown - 1]
        if quiz.verdict is not None and not is_hint:
            mark, style = MARKS.get(quiz.verdict, ("", "bold $warning"))
            lines.append(Content.styled(glyphs(mark + quiz.reply), style))
        if problem:
            lines.append(Content.styled(glyphs(problem), "bold $warning"))
        if not quiz.is_open and quiz.score:
            lines.append(Content.styled(f"score: {quiz.score}", DIM))
        self.query_one("#ask-said", Static).update(Content("\n").join(lines))
        self.query_one("#ask-reply").scroll_end(animate=False)
        self.retitle()
        self.call_after_refresh(self.retitle)  # when it is known what fits

    def retitle(self) -> None:
        """Say what is at stake, whether the lesson goes on by itself, and which keys work."""
        self.query_one("#ask").border_subtitle = Content(self.glyphs(self._keys()))
        self.query_one("#ask").border_title = Content(self.glyphs(self._title()))

    def _title(self) -> str:
        quiz = self.debugger.state.quiz
        pace = f" · {self.debugger.playback.words}" if self.debugger.playback.is_on else ""
        if not quiz.is_open:
            return f"question{pace}"
        points = f"{quiz.at_stake} point{'s' * (quiz.at_stake != 1)}"
        return f"question · {points}" + (f" · try {quiz.tries + 1} of {MAX_TRIES}" if quiz.tries else "") + pace

    def _keys(self) -> str:
        quiz = self.debugger.state.quiz
        more = [] if self._long is None else ["pgup pgdn text"]
        if not quiz.is_open:
            return " · ".join([*more, "space goes on", "esc looks around"])
        keys = [f"1-{len(self.offered)} or enter" if self.offered else "enter answers"]
        keys += ["tab types"] if self.offered and not self._is_closed_list else []
        left = len(self.question.hints) - quiz.hints_shown
        keys += [f"? hint ({left} left)"] if left else []
        return " · ".join([*more, *keys, "^g give up", "esc look around"])

"""What the narrator says, and why this factor is this matrix, on this side, as this operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from engine.calculus.layouts import spell_size
from engine.calculus.typeset import equation, fraction
from engine.session import State
from engine.session.inside import title
from tui.lit import part_lines
from tui.render import DIM, shape_equation
from tui.watch_text import watch_lines

if TYPE_CHECKING:
    from engine.doctor import Diagnosis
    from tui.app import DebuggerApp
    from tui.screens.debugger import DebuggerScreen


MIN_WIDTH, SCROLLBAR = 40, 2
"""Columns to which a formula is folded at least, and those that a scrollbar takes."""


class WhyText(Static):
    """The words."""

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Take a size, from which no other follows: as in `Pane`."""
        return super()._size_updated(size, virtual_size, container_size, layout=False)


class WhyPanel(VerticalScroll, can_focus=True):
    """Text of any length; it scrolls where it is longer than its panel."""

    def compose(self) -> ComposeResult:
        yield WhyText(id="why-text")

    _progress = ""

    def tell(self, progress: str) -> None:
        """Say in the frame how far the lesson is."""
        self._progress = progress
        self.caption()

    def hint(self, text: str) -> str:
        """As in `Pane`."""
        return cast("DebuggerScreen", self.screen).hint(text)

    def caption(self) -> None:
        """The lesson's progress, and the key for what is further down."""
        app = cast("DebuggerApp", self.app)
        more = self.hint("{scroll_down} more") if self.scroll_offset.y < self.max_scroll_y else ""
        text = app.glyphs(" · ".join(filter(None, [more, self._progress])))
        if str(self.border_subtitle or "") != text:
            self.border_subtitle = Content(text)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whether there is more changes as it is scrolled."""
        super().watch_scroll_y(old_value, new_value)
        self.caption()

    def show(self, state: State) -> None:
        """Put the words for another state."""
        app = cast("DebuggerApp", self.app)
        glyphs = app.glyphs
        parts: list[Content] = []
        if state.say:
            parts += [Content.styled(glyphs(state.say), "$chain-say"), Content()]
        if state.stopped:
            parts += [Content.styled(glyphs(f"stopped: {state.stopped}"), "bold $warning")]
        step, inside = state.current, state.part
        heading = "why" if inside is None else glyphs(title(state, inside))
        if str(self.border_title or "") != heading:
            self.border_title = Content(heading)
        if state.shows_diagnosis and state.diagnosis is not None:
            parts += self._diagnosis(state.diagnosis, app)
        elif inside is not None:
            parts += part_lines(inside, glyphs)
        elif step is None:
            parts.append(Content(glyphs(_before_the_first(state, self.hint, has_lesson=app.has_lesson))))
        else:
            line = Content.assemble((glyphs(equation(step)), "bold"), "      ", shape_equation(step, glyphs))
            parts += [line, Content(glyphs(step.why))]
            if step.is_last:
                parts.append(Content(glyphs(_result(state, self.hint))))
        parts += [Content.styled(glyphs(f"watch {line}"), "bold") for line in watch_lines(state)]
        if state.quiz.is_open and state.quiz.question is not None:
            question = ["The lesson asks:", state.quiz.question.prompt.strip(), self.hint("({lesson}: answer)")]
            parts.append(Content.styled(glyphs(" ".join(filter(None, question))), "$chain-say"))
        if state.outcome is not None and not state.outcome.ok:
            parts += [Content.styled(glyphs("✗ " + failure), "$error") for failure in state.outcome.failures]
        self._put(Content("\n").join(parts))

    def _diagnosis(self, found: Diagnosis, app: DebuggerApp) -> Iterator[Content]:
        """The verdict on a formula, and its parts; the doctor tells the rest."""
        from engine.doctor import short_lines  # an app that judges nothing starts sooner without it

        glyphs = app.glyphs
        verdict, *lines = short_lines(found, max(MIN_WIDTH, self.content_size.width - SCROLLBAR))
        yield Content.styled(glyphs(verdict), "bold $success" if found.verdict.is_right else "bold $error")
        yield from (Content(glyphs(line)) for line in lines)
        more = self.hint("{doctor}: the doctor has hints, one after the other")
        if more and not found.verdict.is_right:
            yield Content.styled(more, DIM)

    def on_resize(self) -> None:
        """What is drawn below a formula is folded to the width, and there is more or less room."""
        self.call_after_refresh(self.caption)
        state = cast("DebuggerApp", self.app).state
        if state.shows_diagnosis:
            self.show(state)

    def _put(self, words: Content) -> None:
        """Show words from their beginning; the screen is laid out again only where they take more or fewer lines."""
        text = self.query_one(WhyText)
        width = text.content_size.width
        is_as_high = width > 0 and words.get_height(text.styles.get_rules(), width) == text.content_size.height
        text.update(words, layout=not is_as_high)
        if self.scroll_offset.y:
            self.scroll_home(animate=False)
        self.call_after_refresh(self.caption)


def _before_the_first(state: State, hint: Callable[[str], str], *, has_lesson: bool) -> str:
    """What the chain is, and which keys begin: the lesson's, where there is one."""
    factor = state.steps[0].factor
    first = fraction(factor.numerator, factor.denominator)
    begins = hint(f": press {{next}} for the first, {first}")
    if has_lesson:
        begins = hint(f": press {{lesson}} for the lesson, or {{next}} to join the first, {first}, by hand")
    return (
        f"The forward pass is done. The chain for ∂{state.view.of}/∂{state.view.target} has {len(state.steps)} "
        f"factors, and none has been joined yet{begins}."
    )


def _result(state: State, hint: Callable[[str], str]) -> str:
    step = state.current
    assert step is not None
    of, target = state.view.of, step.target
    if step.entry is not None:
        return f"This is ∂{of}/∂{step.by}{hint('; {entry_row} and {entry_column} go to the other entries')}."
    if step.form == "vec":
        shape = spell_size(step.result.shape)
        return f"This is ∂{of}/∂{target} with its columns stacked; laid out in {step.layout} layout it is {shape}."
    if not step.product.has_gradient or target not in state.program.parameters:
        return f"This is ∂{of}/∂{target}."
    if step.layout == "numerator":
        return (f"This is ∂{of}/∂{target}, in numerator layout the transpose of {target}'s shape: a gradient step must "
                f"transpose it first.")  # fmt: skip
    return f"This is ∂{of}/∂{target}, in the shape of {target} itself: it can be subtracted from {target} as it is."

"""A lesson as slides: what the narrator says, what is on the screen then, and what was checked there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.calculus import Step
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic
from engine.scenario import Scenario
from engine.scenario.replay import ACTOR
from engine.session import Session, State
from engine.session.actions import Answer, AnyAction, Ask, Expect


@dataclass(frozen=True, slots=True)
class Slide:
    """One stop of a lesson."""

    number: int
    """Counted from 1."""
    action: AnyAction | None
    """What led here; None for the title."""
    state: State
    problems: tuple[str, ...] = ()
    """What was expected here and does not hold, or why the action was refused."""
    checks: int = 0
    """How many expectations hold here."""

    @property
    def say(self) -> str:
        """What the narrator says, without line breaks."""
        return " ".join(self.action.say.split()) if self.action is not None else ""

    @property
    def question(self) -> Ask | None:
        """The question that is put here."""
        return self.action if isinstance(self.action, Ask) else None

    @property
    def step(self) -> Step | None:
        """The factor joined last."""
        return self.state.current

    @property
    def where(self) -> str:
        """`∂L/∂W2 · denominator layout · form jacobian · step 3/5`."""
        view, state = self.state.view, self.state
        return (f"{fraction(view.of, view.target)} · {view.layout} layout · form {view.form} · "
                f"step {state.cursor}/{len(state.steps)}")  # fmt: skip


def slides(scenario: Scenario) -> Iterator[Slide]:
    """The title, and then one slide for each entry of the script; silent checks belong to the slide before them."""
    session = Session(scenario.opening, scenario.title)
    shown = Slide(1, None, session.state)
    for action in scenario.script:
        problems: tuple[str, ...] = ()
        try:
            outcome = session.dispatch(action, ACTOR).outcome
            problems = outcome.failures if outcome is not None else ()
        except Diagnostic as problem:
            problems = (problem.message,)
        if isinstance(action, Answer):
            continue  # a learner's, that was recorded
        if isinstance(action, Expect) and not action.say:
            held = not problems
            shown = Slide(shown.number, shown.action, shown.state, (*shown.problems, *problems), shown.checks + held)
            continue
        yield shown
        shown = Slide(shown.number + 1, action, session.state, problems, int(isinstance(action, Expect)))
        if isinstance(action, Ask):  # the slide shows it open, and the lesson goes on from its answer
            session.dispatch(Answer(give_up=True), ACTOR)
    yield shown


def failed(shown: Sequence[Slide]) -> bool:
    """Whether anything that was expected does not hold."""
    return any(slide.problems for slide in shown)

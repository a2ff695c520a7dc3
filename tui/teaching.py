"""What the app does with a lesson: it goes on by a key, or plays by itself; and what a person adds to one, notes."""

from __future__ import annotations

from collections.abc import Callable

from engine.scenario.replay import ACTOR
from engine.session.actions import Answer, AnyAction
from tui.glyphs import Glyphs
from tui.keeping import Keeping
from tui.playback import Playback
from tui.screens.ask import AskScreen
from tui.screens.debugger import DebuggerScreen
from tui.screens.note import NoteScreen
from tui.widgets.bars import KeyBar
from tui.widgets.why import WhyPanel


class Teaching(Keeping):
    """The part of the app that goes through a lesson."""

    glyphs: Glyphs
    plays_at: float | None = None
    """How fast the lesson plays by itself from the start; None where it does not."""

    def __init__(self) -> None:
        super().__init__()
        self.playback = Playback(self)

    def attempt(self, change: Callable[[], object]) -> bool:
        """Change the session and draw it; answers whether it was not refused."""
        raise NotImplementedError

    @property
    def has_lesson(self) -> bool:
        return bool(self.lesson.script)

    def on_mount(self) -> None:
        """Begin to play, if that is asked for."""
        if self.plays_at is not None:
            self.call_after_refresh(self.playback.start, self.plays_at)

    # ---- entry by entry --------------------------------------------------------------------------------------------

    def do_lesson(self) -> None:
        """The next entry of the script, after steps by hand from where the lesson was left; or pause, and go on."""
        if self.playback.is_on:
            self.playback.toggle()
        else:
            self.go_on()

    def leave_question(self) -> None:
        """What comes after a question that is over."""
        if self.playback.is_on:
            self.playback.go_on()
        else:
            self.go_on()

    def go_on(self) -> None:
        """Play the next entry of the script, and show what it leads to; an open question is shown again."""
        self.announce("")
        quiz = self.session.state.quiz
        if (quiz.is_open or self.attempt(self.lesson.go_on)) and isinstance(self.screen, DebuggerScreen):
            self.show_progress()
            quiz = self.session.state.quiz
            if quiz.is_open and quiz.question is not None:
                self.push_screen(AskScreen(quiz.question))
            elif self.lesson.is_over and quiz.score:
                self.announce(f"the lesson is over: {quiz.score}")

    def show_progress(self) -> None:
        """Say in the frame of the narrator's words how far the lesson is, and how fast it plays."""
        quiz = self.session.state.quiz
        parts = [self.playback.words, f"lesson {self.lesson.position}/{len(self.lesson.script)}", quiz.score]
        for panel in self.screen_stack[0].query(WhyPanel):  # what lies over it may be of another session
            panel.tell(" · ".join(filter(None, parts)))

    # ---- by itself -------------------------------------------------------------------------------------------------

    def do_play(self) -> None:
        """Let the lesson play by itself, or no longer."""
        if self.playback.is_on:
            self.playback.leave()
            self.announce(f"{self.key_of('lesson')} goes on with the lesson, entry by entry")
        elif self.lesson.is_over:
            self.go_on()  # which says that it is over
        else:
            self.playback.start()

    def do_slower(self) -> None:
        """Play slower."""
        self._change_speed(-1)

    def do_faster(self) -> None:
        """Play faster."""
        self._change_speed(1)

    def _change_speed(self, direction: int) -> None:
        if self.playback.is_on:
            self.playback.faster(direction)
        self.announce(f"the lesson plays at speed {self.playback.speed:g}" if self.playback.is_on
                      else f"no lesson plays by itself: {self.key_of('play')} lets it")  # fmt: skip

    def done_by_hand(self, action: AnyAction) -> None:
        """A person has done something: an answer is what a lesson waits for, and all else interrupts it."""
        if isinstance(action, Answer):
            self.playback.answered()
        elif self.playback.is_playing:
            self.playback.pause()
            self.announce(f"the lesson is paused: {self.key_of('lesson')} goes on from where it was left")

    # ---- what the playback asks for --------------------------------------------------------------------------------

    def later(self, seconds: float, act: Callable[[], None]) -> Callable[[], object]:
        """Call `act` once after some seconds; answers what calls that off."""
        return self.set_timer(seconds, act).stop

    def make_way(self) -> bool:
        """Put away a question that is over; answers whether the lesson is seen, and nothing that was opened."""
        if isinstance(self.screen, AskScreen) and not self.session.state.quiz.is_open:
            self.pop_screen()
        return isinstance(self.screen, DebuggerScreen | AskScreen)

    def give(self, answer: Answer) -> None:
        """Answer the open question, and show the reply."""
        if self.attempt(lambda: self.session.dispatch(answer, ACTOR)) and isinstance(self.screen, AskScreen):
            self.screen.answered()

    def pace_changed(self) -> None:
        """Show whether the lesson plays, and how fast."""
        if self.is_running:
            self.show_progress()
            for screen in self.screen_stack:
                for bar in screen.query(KeyBar):
                    bar.refresh()
                if isinstance(screen, AskScreen) and screen.is_mounted:
                    screen.retitle()

    # ---- notes -----------------------------------------------------------------------------------------------------

    def do_note(self) -> None:
        """Ask for a note."""
        self.push_screen(NoteScreen())

"""The one table of what a person can do: bindings, footer, help and command palette are all made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.calculus import ALL, Form
from engine.calculus.inside import Inside
from engine.session import State, actions


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do, its keys, and how it is called where."""

    name: str
    """Stable; `action_<name>` of the app if there is no `make`."""
    keys: str
    """Textual's key names, separated by commas; the first is the one that is shown."""
    label: str
    """In the footer."""
    help: str
    """In the help and in the palette: a sentence."""
    group: str
    make: Callable[[State], actions.AnyAction] | None = None
    """The Action to dispatch, made from the present state."""
    in_footer: bool = False

    @property
    def shown_key(self) -> str:
        """The first key, as it is printed on a keyboard."""
        first = self.keys.split(",")[0]
        return _SHOWN.get(first, first)


_SHOWN = {
    "question_mark": "?",
    "space": "space",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "ctrl+p": "^p",
    "ctrl+r": "^r",
}


def _next_form(state: State) -> actions.AnyAction:
    forms = list(Form)
    return actions.SetForm(form=forms[(forms.index(state.view.form) + 1) % len(forms)])


def _moved_entry(state: State, axis: int) -> actions.AnyAction:
    """Form `entry` for the next row or column of the target, around to the first."""
    if state.view.target == ALL:
        return actions.SetForm(form=Form.ENTRY)
    shape = state.program.plan.shape(state.view.target)
    entry = list(state.view.entry or (0, 0))
    entry[axis] = (entry[axis] + 1) % shape[axis]
    return actions.SetForm(form=Form.ENTRY, entry=entry)


def _first(state: State) -> actions.AnyAction:
    return actions.Jump(step=0) if state.inside is None else actions.StepInto(part=0)


def _last(state: State) -> actions.AnyAction:
    if state.inside is None or state.current is None:
        return actions.Continue()
    return actions.StepInto(part=Inside(state.current).count - 1)


COMMANDS: tuple[Command, ...] = (
    Command("next", "n,right", "next", "Join the next factor; inside a factor, go to its next part.", "Stepping",
            lambda state: actions.Step(), in_footer=True),
    Command("back", "b,left", "back", "Take the last factor away again; inside a factor, go a part back.", "Stepping",
            lambda state: actions.Back(), in_footer=True),
    Command("step_into", "s", "into", "Step into the factor: each entry of the new product as its own sum.", "Stepping",
            lambda state: actions.StepInto(), in_footer=True),
    Command("step_out", "o", "out", "Step out of the factor again.", "Stepping",
            lambda state: actions.StepOut(), in_footer=True),
    Command("continue", "c", "all", "Join all the factors that are left.", "Stepping",
            lambda state: actions.Continue(), in_footer=True),
    Command("start", "home", "start", "Go back to before the first factor; inside a factor, to its first part.",
            "Stepping", _first),
    Command("end", "end", "end", "Go on to the last factor; inside a factor, to its last part.", "Stepping", _last),
    Command("lesson", "space", "lesson", "Go on with the lesson: its next step, with the narrator's words.", "Stepping",
            in_footer=True),
    Command("flip", "l", "layout", "Flip the layout: every factor is transposed and changes sides.", "Seeing",
            lambda state: actions.SetLayout(layout=state.view.layout.flipped), in_footer=True),
    Command("form", "f", "form", "Change the form: jacobian, hadamard, entry, vec, index.", "Seeing", _next_form,
            in_footer=True),
    Command("target", "t", "target", "Choose what L is differentiated by.", "Seeing", in_footer=True),
    Command("entry_row", "i", "row i", "Form entry: the next row i of the target.", "Seeing",
            lambda state: _moved_entry(state, 0)),
    Command("entry_column", "j", "column j", "Form entry: the next column j of the target.", "Seeing",
            lambda state: _moved_entry(state, 1)),
    Command("order", "r", "order", "Multiply from the other end: reverse, as backpropagation does, or forward.",
            "Seeing", lambda state: actions.SetOrder(order=state.view.order.flipped)),
    Command("fuse", "x", "fuse", "Take the output delta as one factor where it simplifies, or as its two.",
            "Seeing", lambda state: actions.SetFused(fused=not state.view.fused)),
    Command("scroll_down", "pagedown", "more text", "Scroll the text below the matrices.", "Seeing"),
    Command("scroll_up", "pageup", "text back", "Scroll the text back.", "Seeing"),
    Command("values", "v", "values", "See every value of the forward pass, and what the last edit changed.", "Seeing"),
    Command("edit", "e", "edit", "Edit a weight, the input or the target values.", "Changing", in_footer=True),
    Command("update", "g", "gradient step", "Move every parameter a little against its gradient (rate 0.1).",
            "Changing", lambda state: actions.Update()),
    Command("undo", "u,ctrl+z", "undo", "Revoke the last edit or gradient step.", "Changing",
            lambda state: actions.Undo(), in_footer=True),
    Command("redo", "ctrl+r,ctrl+y", "redo", "Do again what was undone.", "Changing", lambda state: actions.Redo()),
    Command("reset", "R", "reset", "Back to the numbers and the view of the beginning.", "Changing",
            lambda state: actions.Reset()),
    Command("doctor", "d", "doctor", "Type your own formula for the derivative, and learn where it goes wrong.",
            "Checking", in_footer=True),
    Command("help", "question_mark,f1,h", "help", "All keys, and the words on the screen.", "Help", in_footer=True),
    Command("command_palette", "ctrl+p", "palette", "Find a command by its name.", "Help"),
    Command("quit", "q,ctrl+q", "quit", "Leave chainstep.", "Help", in_footer=True),
)  # fmt: skip
"""In the order of the footer and the help."""

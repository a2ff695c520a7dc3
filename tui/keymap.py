"""The one table of what a person can do: bindings, footer, help and command palette are all made from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.calculus import ALL, Form
from engine.calculus.inside import Inside
from engine.session import State, actions
from tui.keys import shown_key


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do, its keys, and how it is called where."""

    name: str
    """Stable; the app's method is `do_<name>` if there is no `make`."""
    keys: str
    """Textual's key names, separated by commas; the first is the one that is shown."""
    label: str
    """In the footer."""
    help: str
    """In the help and in the palette: a sentence."""
    group: str
    make: Callable[[State], actions.AnyAction] | None = None
    """The Action to dispatch, made from the present state."""
    footer: int = 0
    """0 where the footer does not have it; else its rank: where few fit, those with the lowest are there."""

    @property
    def shown_key(self) -> str:
        """The first key, as it is printed on a keyboard."""
        return shown_key(self.keys.split(",")[0])


LESSON = "Lesson"
"""The group of commands that only a scenario with a script has a use for."""
_LAYER = re.compile(r"z\d+|Z\d*", re.ASCII)
"""What pre-activations are called."""


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
        return actions.Continue(to_end=True)
    return actions.StepInto(part=Inside(state.current).count - 1)


def _over_a_layer(state: State, direction: int) -> actions.AnyAction:
    """To the next or the former step that completes the derivative by a pre-activation, or to the chain's end."""
    stops = [0, *(step.index + 1 for step in state.steps if _LAYER.fullmatch(step.product.name)), len(state.steps)]
    ahead = [stop for stop in stops if stop > state.cursor]
    behind = [stop for stop in stops if stop < state.cursor]
    if direction > 0:
        return actions.Jump(step=ahead[0]) if ahead else actions.Step()  # which says that the chain is complete
    return actions.Jump(step=behind[-1]) if behind else actions.Back()


def _break_here(state: State) -> actions.AnyAction:
    step = state.current or state.steps[0]
    return actions.Break(factor=step.factor.name)


COMMANDS: tuple[Command, ...] = (
    Command("next", "n,right", "next", "Join the next factor; inside a factor, go to its next part.", "Stepping",
            lambda state: actions.Step(), footer=1),
    Command("back", "b,left", "back", "Take the last factor away again; inside a factor, go a part back.", "Stepping",
            lambda state: actions.Back(), footer=2),
    Command("continue", "c", "continue", "Join factors up to the next breakpoint, or to the end.", "Stepping",
            lambda state: actions.Continue(), footer=10),
    Command("end", "end", "end", "Join all that are left, past breakpoints; inside a factor, go to its last part.",
            "Stepping", _last),
    Command("next_layer", "N", "layer", "On over a layer: to where the derivative by the next z is complete.",
            "Stepping", lambda state: _over_a_layer(state, 1)),
    Command("back_layer", "B", "layer back", "Back over a layer.", "Stepping", lambda state: _over_a_layer(state, -1)),
    Command("factors", "m", "factors", "The list of all factors: run to one, set breakpoints.", "Stepping"),
    Command("break", "K", "break", "Set a breakpoint on the factor joined last, or take it away.", "Stepping",
            lambda state: _break_here(state)),
    Command("breakpoints", "k", "breakpoints", "Breakpoints: on a factor, a layer, a shape, or a condition.",
            "Stepping"),
    Command("watches", "w", "watches", "Watch formulas: their values at each step.", "Stepping"),
    Command("step_into", "s", "into", "Step into the factor: each entry of the new product as its own sum.", "Stepping",
            lambda state: actions.StepInto(), footer=4),
    Command("step_out", "o", "out", "Step out of the factor again.", "Stepping",
            lambda state: actions.StepOut(), footer=4),
    Command("start", "home", "start", "Go back to before the first factor; inside a factor, to its first part.",
            "Stepping", _first),
    Command("lesson", "space", "lesson", "Go on with the lesson: its next step, with the narrator's words.", LESSON,
            footer=3),
    Command("play", "A", "play", "Let the lesson play by itself, or again by hand; meanwhile space pauses it.",
            LESSON),
    Command("slower", "less_than_sign", "slower", "Let a lesson that plays by itself play slower.", LESSON),
    Command("faster", "greater_than_sign", "faster", "Let a lesson that plays by itself play faster.", LESSON),
    Command("flip", "l", "layout", "Flip the layout: every factor is transposed and changes sides.", "Seeing",
            lambda state: actions.SetLayout(layout=state.view.layout.flipped), footer=5),
    Command("form", "f", "form", "Change the form: jacobian, hadamard, entry, vec, index.", "Seeing", _next_form,
            footer=7),
    Command("target", "t", "target", "Choose what L is differentiated by.", "Seeing", footer=8),
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
    Command("precision", "p", "precision", "Other decimals for all numbers: 4, 6, all digits, 2.", "Seeing"),
    Command("heat", "a", "heat", "Colour numbers by sign and size, or not.", "Seeing"),
    Command("formula_line", "colon", "formula", "Type an expression, and see its value and every shape in it.",
            "Seeing", footer=11),
    Command("cost", "C", "cost", "What each step costs, and why one multiplies from the loss backwards.", "Seeing"),
    Command("theme", "T", "theme", "Other colours: dark, light, high contrast; the choice is kept.", "Seeing"),
    Command("edit", "e", "edit", "Edit a weight, the input or the target values.", "Changing", footer=6),
    Command("update", "g", "gradient step", "Move every parameter a little against its gradient (rate 0.1).",
            "Changing", lambda state: actions.Update()),
    Command("descend", "G", "many steps", "Take many gradient steps, and see the loss and the gradients over them.",
            "Changing"),
    Command("perturb", "P", "perturb", "Move one entry a little, and see what moves with it, and how much.",
            "Changing"),
    Command("compare", "D", "compare", "See the chain before and after the last edit, factor by factor.", "Changing"),
    Command("network", "ctrl+n", "network", "Change the network: sizes, activations, loss, batch.", "Changing"),
    Command("load", "ctrl+l", "load weights", "Load weights from a .npz or .safetensors file.", "Changing"),
    Command("dismiss", "escape", "put away", "Put away what is shown of the last edit; the numbers stay.", "Changing"),
    Command("undo", "u,ctrl+z", "undo", "Revoke the last edit or gradient step.", "Changing",
            lambda state: actions.Undo(), footer=12),
    Command("redo", "ctrl+r,ctrl+y", "redo", "Do again what was undone.", "Changing", lambda state: actions.Redo()),
    Command("reset", "R", "reset", "Back to the numbers and the view of the beginning.", "Changing",
            lambda state: actions.Reset()),
    Command("doctor", "d", "doctor", "Type your own formula for the derivative, and learn where it goes wrong.",
            "Checking", footer=9),
    Command("copy", "y", "copy", "Copy a matrix, a formula, the step in LaTeX or the NumPy code to the clipboard.",
            "Keeping"),
    Command("note", "semicolon", "note", "Write a note: it is said where you are, and saved with the session.",
            "Keeping"),
    Command("record", "M", "record", "Begin a recording here: what is done from now on, as a scenario of its own.",
            "Keeping"),
    Command("save", "ctrl+s", "save", "Save the session as a scenario or as a log.", "Keeping"),
    Command("help", "question_mark,f1,h", "help", "All keys, and the words on the screen.", "Help", footer=1),
    Command("command_palette", "ctrl+p", "palette", "Find a command by its name.", "Help"),
    Command("quit", "q,ctrl+q", "quit", "Leave chainstep.", "Help", footer=1),
)  # fmt: skip
"""In the order of the footer and the help."""

"""A form for the network: it is judged as it is typed, and shows the program and the shapes that it would have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Select, Static

from engine.calculus.layouts import matrix_shape, spell_size
from engine.calculus.network import LOSSES
from engine.calculus.recognise import network_of
from engine.diagnostics import Diagnostic
from engine.session.network_form import fields_of, read_network
from engine.session.renewal import network_for
from tui.render import DIM
from tui.screens.dialog import Dialog

TYPED = {"sizes": "sizes", "activations": "activations", "batch": "samples in the batch", "seed": "seed"}
CHOICES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "loss": ("loss", tuple((f"{name}  {formula.format(a='a')}", name) for name, formula in LOSSES.items())),
    "samples": (
        "samples lie in",
        (
            ("columns: Z = W A, W is out×in", "columns"),
            ("rows: Z = A W, W is in×out", "rows"),
            ("rows: Z = A Wᵀ, W is out×in", "rows_transposed"),
        ),
    ),
    "bias": ("bias", (("no", "no"), ("yes: one b for each layer", "yes"))),
    "reduction": ("loss of a batch", (("sum over the samples", "sum"), ("mean over the samples", "mean"))),
    "first_layer": (
        "layers numbered", (("from 0: input a0, first weights W1", "0"), ("from 1: input a1, first weights W2", "1")),
    ),
    "keep": ("values", (("keep those whose shape stays", "yes"), ("draw all from the seed", "no"))),
}  # fmt: skip
ORDER = ("sizes", "activations", "loss", "samples", "batch", "reduction", "bias", "first_layer", "keep", "seed")


class NetworkScreen(Dialog):
    """Fields, and below them the network that they are, or what is wrong with them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("ctrl+s", "set", "set", show=False, priority=True),
        Binding("ctrl+r", "renew", "as it is", show=False, priority=True),
    ]

    def __init__(self, typed: dict[str, str] | None = None) -> None:
        super().__init__()
        self._kept = typed or {}
        """What the form was closed with before it was set."""
        self._fields: dict[str, str] = {}
        """The present network; what the form does not show is kept as it is."""

    def compose(self) -> ComposeResult:
        glyphs = self.glyphs
        self._fields = fields_of(self.debugger.state.program)
        fields = self._fields | self._kept
        hint = "tab next · enter in a field or ^s sets it · ^r the present one · esc"
        with self.frame("network", hint, "network-form"):
            for name in ORDER:
                with Horizontal(classes="field"):
                    if name in TYPED:
                        yield Label(Content(TYPED[name]))
                        yield Input(fields[name], select_on_focus=False, compact=True, id=f"field-{name}")
                    else:
                        label, options = CHOICES[name]
                        yield Label(Content(label))
                        yield Select(
                            [(Content(glyphs(text)), value) for text, value in options],
                            value=fields[name], allow_blank=False, compact=True, id=f"field-{name}",
                        )  # fmt: skip
            with VerticalScroll(id="network-page"):
                yield Static(id="network-text")

    def on_mount(self) -> None:
        self._judge()

    def on_input_changed(self) -> None:
        self._judge()

    def on_select_changed(self) -> None:
        self._judge()

    def on_input_submitted(self) -> None:
        self.action_set()

    def _typed(self) -> dict[str, str]:
        fields = dict(self._fields)
        for name in ORDER:
            field = self.query_one(f"#field-{name}")
            assert isinstance(field, Input | Select)
            fields[name] = str(field.value)
        return fields

    def _judge(self) -> None:
        """Show the program that the fields ask for, or what is wrong with them."""
        text = self.query_one("#network-text", Static)
        try:
            lines = list(self._preview())
        except Diagnostic as problem:
            text.update(self._problem(problem))
            return
        text.update(Content("\n").join(lines))

    def _problem(self, problem: Diagnostic) -> Content:
        hints = "".join(f" ({hint})" for hint in problem.hints[:1])
        return Content.styled(self.glyphs(f"{problem.message}{hints}"), "bold $error")

    def _preview(self) -> Iterator[Content]:
        glyphs, state = self.glyphs, self.debugger.state
        network = network_for(read_network(self._typed()))
        if network_of(state.program) is None:
            yield Content.styled("The present program is no network: it would be replaced (u brings it back).", DIM)
        yield Content.styled(glyphs(str(network)), "bold")
        shapes = network.shapes()
        yield Content(glyphs("   ".join(f"{name} {spell_size(matrix_shape(s))}" for name, s in shapes.items())))
        yield from (Content(glyphs(f"  {line}")) for line in network.forward())

    def action_close(self) -> None:
        """Close it; what was typed is there again when it is opened."""
        typed = self._typed()
        self.dismiss()
        self.debugger.network_draft = typed if typed != self._fields else None
        if typed != self._fields:
            self.debugger.announce("the network is as it was; what you typed is kept in the form")

    def action_renew(self) -> None:
        """The present network again in every field."""
        for name in ORDER:
            field = self.query_one(f"#field-{name}")
            assert isinstance(field, Input | Select)
            field.value = self._fields[name]

    def action_set(self) -> None:
        """Set the network; nothing that is not valid is kept."""
        try:
            action = read_network(self._typed())
        except Diagnostic as problem:
            self.query_one("#network-text", Static).update(self._problem(problem))
            return
        if self.debugger.dispatch(action):
            self.debugger.network_draft = None
            self.dismiss()
        else:
            message = Content.styled(self.glyphs(self.debugger.last_message), "bold $error")
            self.query_one("#network-text", Static).update(message)

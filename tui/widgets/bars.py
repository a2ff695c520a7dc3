"""The lines at the top and the bottom: what is being derived, where in the network, and which keys there are."""

from __future__ import annotations

from dataclasses import replace

from textual.content import Content

from engine.diagnostics import display_width
from engine.formula import FUNCTIONS, Pointwise, spell_name
from engine.formula.syntax import Call
from engine.session import State
from tui.keymap import LESSON, Command
from tui.render import CHANGED, DENOMINATOR, DIM, NUMERATOR, Part
from tui.widgets.pane import Pane


def spell_loss(value: float | None) -> str:
    """The loss in six significant digits."""
    return "–" if value is None else f"{value:.6g}"


class TitleBar(Pane):
    """The lesson, the network, and the loss, old → new after an edit."""

    @property
    def heading(self) -> str:
        """What stands at its left."""
        return self.debugger.lesson_title

    def reads(self, state: State) -> tuple[object, ...]:
        return state.program, state.compared

    def draw(self, state: State) -> Content:
        width = self.content_size.width
        loss: list[Part] = [f"{spell_name(state.program.loss)} "]
        before = state.compared.values[state.program.loss] if state.compared else None
        if before is not None and before.size == 1 and before.item() != state.loss:
            loss += [spell_loss(float(before.item())), self.glyphs(" → "), (spell_loss(state.loss), CHANGED)]
        else:
            loss += [(spell_loss(state.loss), "bold")]
        right = Content.assemble(*loss)
        room = width - right.cell_length - 2
        title = self.glyphs(self.heading)
        network = self.glyphs(state.program.title)
        left = Content.styled(title, "bold")
        if network and display_width(title) + display_width(network) + 4 <= room:
            left = Content.assemble(left, (f"   {network}", DIM))
        left = left.truncate(room, ellipsis=True)
        return Content.assemble(left, " " * max(2, width - left.cell_length - right.cell_length), right)


class NetworkStrip(Pane):
    """The forward pass as one line of values with their shapes; the two of the current factor stand in brackets."""

    def reads(self, state: State) -> tuple[object, ...]:
        return state.program, state.current

    def draw(self, state: State) -> Content:
        current = state.current
        lit = {}
        if current is not None:
            lit = {current.factor.numerator: NUMERATOR, current.factor.denominator: DENOMINATOR}
        parts: list[Content] = []
        focus = 0
        for text, name, arrow in _stations(state):
            style = lit.get(name, "")
            station = Content.assemble(
                (self.glyphs(arrow), _arrow_style(arrow, lit)), (self.glyphs(f"[{text}]" if style else text), style)
            )
            if style == DENOMINATOR:
                focus = sum(part.cell_length for part in parts)
            parts.append(station)
        line = Content.assemble(*parts)
        width = self.content_size.width
        if line.cell_length <= width:
            return line
        start = max(0, min(focus - width // 3, line.cell_length - width))
        piece = line[start : start + width]
        return Content.assemble(self.glyphs("…") if start else "", piece[1 if start else 0 :])


def _arrow_style(arrow: str, lit: dict[str, str]) -> str:
    """A parameter on an arrow is lit when the factor is by it."""
    words = arrow.strip("─→ ").split(",")
    return next((lit[word] for word in words if word in lit), DIM)


def _stations(state: State) -> list[tuple[str, str, str]]:
    """For every value on the way: its text with its shape, its name, and the arrow that leads to it."""
    program = state.program
    aliases = program.plan.aliases
    stations: list[tuple[str, str, str]] = []
    first = next(iter(program.plan.lines.values()))
    if first.name not in aliases:
        data = [name for name in first.reads if name not in program.parameters] or list(first.reads)
        stations.append((f"{spell_name(data[0])} {_shape(state, data[0])}", data[0], ""))
    for line in program.plan.lines.values():
        arrow = ""
        if stations:
            expression = line.expression
            function = FUNCTIONS.get(expression.function) if isinstance(expression, Call) else None
            if isinstance(function, Pointwise):
                label = function.symbol or function.name
            else:
                label = ",".join(name for name in line.reads if name in program.parameters)
            arrow = f" ─{label}→ "
        alias = aliases.get(line.name)
        text = f"{alias}={line.name}" if alias else spell_name(line.name)
        shape = "" if program.plan.shape(line.name) == (1, 1) else f" {_shape(state, line.name)}"
        stations.append((text + shape, line.name, arrow))
    return stations


def _shape(state: State, name: str) -> str:
    rows, columns = state.program.plan.shape(name)
    return f"{rows:d}×{columns:d}"


class KeyBar(Pane):
    """The keys that are used most, as many as fit; a message takes their place until the next key."""

    message: str = ""

    def announce(self, message: str) -> None:
        """Show a message instead of the keys."""
        if message != self.message:
            self.message = message
            self.refresh()

    def reads(self, state: State) -> tuple[object, ...]:
        return state.inside is None, self.debugger.playback.is_on

    def draw(self, state: State) -> Content:
        width = self.content_size.width
        if self.message:
            return Content.styled(self.glyphs(self.message), "bold $warning").truncate(width, ellipsis=True)
        is_playing = self.debugger.playback.is_on
        commands = [
            command
            for command in self.debugger.commands
            if (command.in_footer or (is_playing and command.group == LESSON))
            and (command.group != LESSON or self.debugger.has_lesson)
            and (command.name != ("step_out" if state.inside is None else "step_into"))
        ]
        if is_playing:  # its keys first
            words = {"lesson": self.debugger.playback.next_word, "play": "by hand"}
            commands = [replace(command, label=words.get(command.name, command.label))
                        for command in sorted(commands, key=lambda command: command.group != LESSON)]  # fmt: skip
        always = [_key(command) for command in commands if command.group == "Help"]
        room = width - sum(item.cell_length + 2 for item in always)
        items: list[Content] = []
        for command in commands:
            item = _key(command)
            if command.group != "Help" and sum(each.cell_length + 2 for each in items) + item.cell_length <= room:
                items.append(item)
        return Content("  ").join([*items, *always])


def _key(command: Command) -> Content:
    return Content.assemble((command.shown_key, "bold $accent"), f" {command.label}")

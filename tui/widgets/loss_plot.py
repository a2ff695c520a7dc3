"""Plots of a descent, by textual-plotext; imported only when the first one is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual_plotext import PlotextPlot

from tui.descent_text import shown_names

MARKERS = "ox+*#@"
"""One for each line: colour alone does not tell them apart."""
MAX_POINTS = 200
"""Points of a line; of more steps these are picked evenly."""


class LinesPlot(PlotextPlot):
    """Lines over the number of steps."""

    def draw(self, title: str, lines: Mapping[str, Sequence[float]], *, dotted: bool = False) -> None:
        """Draw other lines; `dotted` draws each with a marker of its own, and names them."""
        plt = self.plt
        plt.clear_figure()
        plt.title(title)
        for number, (name, values) in enumerate(lines.items()):
            steps = picked(len(values))
            heights = [values[step] for step in steps]
            if dotted:
                plt.plot(steps, heights, marker=MARKERS[number % len(MARKERS)], label=name)
            else:
                plt.plot(steps, heights, marker="braille")
        last = max((len(values) - 1 for values in lines.values()), default=0)
        plt.xticks(sorted({round(last * quarter / 4) for quarter in range(5)}))  # there is no half step
        self.refresh()


def norm_lines(norms: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    """The norms that are drawn."""
    return {name: norms[name] for name in shown_names(norms)}


def picked(count: int) -> list[int]:
    """At most MAX_POINTS of the numbers below `count`, evenly, with the first and the last."""
    if count <= MAX_POINTS:
        return list(range(count))
    return [round(number * (count - 1) / (MAX_POINTS - 1)) for number in range(MAX_POINTS)]

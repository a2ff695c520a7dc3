"""Help: the keys, from the keymap, and the words that the screen uses."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.keymap import COMMANDS
from tui.screens.dialog import Dialog

WORDS = (
    ("factor", "one ∂u/∂v of the chain rule."),
    ("numerator layout", "∂y/∂x of m values by n values is m×n: rows follow y. A new factor joins on the right."),
    ("denominator layout", "the transpose, n×m: rows follow x. A new factor joins on the left, as (AB)ᵀ = BᵀAᵀ."),
    ("", "∂L/∂W has the shape of W in denominator layout only."),
    ("jacobian", "the form with explicit matrices: ∂a/∂z is diagonal, ∂z/∂W is a tensor."),
    ("hadamard", "the form that one writes in code: a diagonal becomes ⊙, the tensor an outer product."),
    ("entry", "the form for a single W[i,j]: ∂z/∂W[i,j] is a vector. Rows and columns count from 0."),
    ("vec", "the form that stacks matrices to columns: ∂z/∂W is the matrix of a Kronecker product."),
    ("index", "the form that spells each factor by its entries, with sums over indices."),
    ("· ⊙ ⊗ Σ +", "matrix product, entry-by-entry product, outer product, contraction of a tensor, sum over paths."),
)  # fmt: skip


class HelpScreen(Dialog):
    """A page to read; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,h,question_mark,f1,enter", "dismiss", "close", show=False),
    ]

    def compose(self) -> ComposeResult:
        with self.frame("help", "esc close", "help", scrolls=True):
            yield Static(self._text())

    def _text(self) -> Content:
        glyphs = self.glyphs
        lines: list[Content] = []
        for group, commands in groupby(COMMANDS, key=lambda command: command.group):
            lines += [Content.styled(group, "bold $accent")]
            lines += [
                Content.assemble("  ", (glyphs(_keys(command.keys)).ljust(14), "bold"), command.help)
                for command in commands
            ]
            lines.append(Content())
        lines.append(Content.styled("Words", "bold $accent"))
        lines += [Content.assemble("  ", (glyphs(word).ljust(20), "bold"), glyphs(text)) for word, text in WORDS]
        lines += [
            Content(),
            Content.styled("On the screen", "bold $accent"),
            Content(
                "  tab (or a click) goes from matrix to matrix; there the arrow keys go from entry to entry, and each "
                "says which formula it comes from."
            ),
            Content(
                "  A shape's dimension that two neighbours share is lit in both; after an edit, changed entries are."
            ),
            Content(glyphs("  Inside of a factor (s), ‹ › hold what is read of the two matrices and what is written.")),
        ]
        return Content("\n").join(lines)


def _keys(keys: str) -> str:
    names = {"question_mark": "?", "colon": ":", "right": "→", "left": "←"}
    return " ".join(names.get(key, key) for key in keys.split(",")[:3])

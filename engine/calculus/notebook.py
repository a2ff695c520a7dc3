"""What a notebook shows for a value: HTML on the screen, LaTeX in print, both made when they are asked for."""

from __future__ import annotations


class Notebook:
    """A class whose instances a notebook draws; how is said in `html` and `latex`, which are loaded only then."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from engine.calculus.html import html

        return html(self)

    def _repr_latex_(self) -> str:
        from engine.calculus.html import latex

        return f"$\\displaystyle {latex(self)}$"

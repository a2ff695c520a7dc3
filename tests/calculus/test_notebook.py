"""What a notebook shows: well-formed HTML without anything from elsewhere, and LaTeX, loaded only when asked for."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser

import pytest

from engine import Program, derive
from engine.calculus.html import html
from tests.helpers import EXAMPLES
from tests.interop.derivations import DERIVATIONS, PROGRAMS, QUESTION

VOID = {"br", "hr", "img", "meta", "link", "input"}


class Reader(HTMLParser):
    """Checks that every element is closed in its order, and collects the text and what is asked of the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.tags: set[str] = set()
        self.styles = ""

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert tag not in VOID
        assert {name for name, _ in attributes} <= {"style"}
        self.styles += "".join(value for _, value in attributes)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    assert reader.tags <= {"div", "b", "table", "thead", "tbody", "tr", "td", "th"}
    assert "url(" not in reader.styles
    assert "color:" not in reader.styles.replace("currentColor", "")  # the page's own, light or dark
    return reader


def is_in_math_mode(text: str) -> bool:
    inner = text[1:-1]
    return text[0] == text[-1] == "$" and "$" not in inner and inner.count("{") == inner.count("}")


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=str)
def test_steps_factors_and_jacobians_are_well_formed(derivation):
    for step in derivation.steps():
        shown = read(step._repr_html_())
        assert step.why in shown.text
        assert f"{step.layout} layout" in shown.text
        assert "×".join(str(int(size)) for size in step.factor.shape) in shown.text
        assert str(step.operation or "first factor") in shown.text
        for part in (step.factor, step.factor.jacobian):
            if part is not None:
                assert read(part._repr_html_()).text
                assert is_in_math_mode(part._repr_latex_())
        assert is_in_math_mode(step._repr_latex_())


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_jacobian_says_its_structure_with_numbers_and_without(example):
    bound = read(example.jacobian._repr_html_())
    free = read(example.program.plan.jacobian("y", example.x)._repr_html_())
    for shown in (bound, free):
        assert example.structure in shown.text
        assert "numerator layout" in shown.text
    assert "table" in bound.tags
    assert "table" not in free.tags


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_a_program_is_its_formulas_with_their_shapes(program):
    shown = read(program._repr_html_())
    for name in (*program.plan.inputs, *program.plan.lines):
        assert name in shown.text
    assert is_in_math_mode(program._repr_latex_())


def test_what_a_user_writes_is_text():
    title = "<img src=x onerror=alert(1)> & <b>bold</b>"
    program = Program(["z = W @ x", "L = sum(z**2)"], {"W": (3, 2), "x": (2, 1)}, title=title)
    shown = read(program._repr_html_())
    assert title in shown.text
    assert "img" not in shown.tags


def test_a_comparison_in_a_formula_is_text():
    program = Program(["z = W @ x", "m = z < 0.5", "L = sum(z * m)"], {"W": (3, 2), "x": (2, 1)})
    assert "z < 0.5" in read(program._repr_html_()).text


def test_large_matrices_are_cut():
    program = Program(["z = W @ x", "L = sum(z**2)"], {"W": (900, 800), "x": (800, 1)})
    *_, last = derive(program, "W", form="hadamard")
    assert len(last._repr_html_()) < 20_000
    assert len(last._repr_latex_()) < 5_000
    assert "⋮" in read(last._repr_html_()).text


def test_nothing_else_has_a_picture():
    with pytest.raises(TypeError, match="a int has no HTML"):
        html(3)


def test_importing_the_engine_loads_nothing_of_it():
    code = (
        "import sys, engine; "
        "assert not {'engine.calculus.html', 'engine.calculus.latex', 'engine.interop', 'html'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_repr_is_that_of_the_value_shown():
    *_, last = derive(QUESTION, "W2")
    assert r"\frac{\partial L}{\partial W^{(2)}}" in last._repr_latex_()
    assert "∂L/∂W2" in last._repr_html_()

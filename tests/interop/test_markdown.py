"""Markdown derivations: what GitHub and Jupyter show."""

from __future__ import annotations

import re

import pytest

from engine import Program, derive
from engine.interop import markdown
from engine.interop.markdown import escape_markdown
from tests.interop.derivations import DERIVATIONS, QUESTION


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=str)
def test_mathematics_is_between_dollars_on_lines_of_their_own(derivation):
    text = markdown(derivation.program, derivation.steps())
    blocks = re.split(r"^\$\$$", text, flags=re.MULTILINE)
    assert len(blocks) % 2 == 1
    for number, block in enumerate(blocks):
        if number % 2:
            assert block.count("{") == block.count("}")
            assert block.count(r"\begin") == block.count(r"\end")
            assert r"\operatorname" not in block  # which GitHub refuses
            assert r"\phantom" not in block
            assert "\n\n" not in block  # which would end a paragraph, and the formula with it
        else:
            assert r"\frac" not in block
    count = len(list(derivation.steps()))
    assert len(re.findall(r"^## \d+\. ∂", text, flags=re.MULTILINE)) == count
    table = [line for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(table) == count
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {7}


def test_the_factors_are_a_table():
    text = markdown(QUESTION, derive(QUESTION, "W2"))
    assert "| 3 | ∂z3/∂a2 | 3×2 | dense | matmul, on the left | 3×1 |" in text
    assert r"\frac{\partial L}{\partial a^{(2)}} & = \underbrace{" in text
    assert "Each a2\\[k\\] depends on z2\\[k\\] alone" in text


def test_what_a_user_writes_is_shown_as_it_is():
    hostile = "a | b\n# <script>alert(1)</script> $x$ `c` *d* _e_ [f](g)"
    program = Program(["z = W @ x", "L = sum(z**2)"], {"W": (3, 2), "x": (2, 1)}, title=hostile)
    first, *_ = markdown(program, derive(program, "W")).splitlines()
    assert first == (r"# a \| b \# \<script\>alert(1)\</script\> \$x\$ \`c\` \*d\* \_e\_ \[f\](g)")
    markdown_it = pytest.importorskip("markdown_it")
    (paragraph,) = [
        token for token in markdown_it.MarkdownIt().parse(escape_markdown(hostile)) if token.type == "inline"
    ]
    assert "".join(child.content for child in paragraph.children) == " ".join(hostile.split())

"""LaTeX derivations: pdflatex compiles them, every line stays on its page, and what is said is what the steps say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine import Program, derive
from engine.interop import latex_document, latex_fragment
from tests.interop.derivations import ATTENTION, DERIVATIONS, LARGE, QUESTION, ROWS

REQUIRED = "CHAINSTEP_REQUIRE_LATEX"
"""Set where there must be a pdflatex, so that a machine without one fails and does not skip."""
OVERFULL = re.compile(r"Overfull \\hbox \(([\d.]+)pt")


def compiled(document: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What pdflatex says; a test is skipped where there is none and need be none."""
    pdflatex = shutil.which("pdflatex")
    if pdflatex is None:
        if os.environ.get(REQUIRED):
            pytest.fail("there is no pdflatex: install texlive-latex-base")
        pytest.skip("there is no pdflatex to compile with (Debian's texlive-latex-base has one)")
    (folder / "derivation.tex").write_text(document, encoding="ascii")
    command = [pdflatex, "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "derivation.tex"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)


def problems(log: str) -> list[str]:
    """Lines that run off the page, characters that no font has, each with the fragment that it is in."""
    found, fragment = [], ""
    for line in log.splitlines():
        fragment = line if line.startswith("FRAGMENT") else fragment
        wide = OVERFULL.match(line)
        if (wide and float(wide[1]) > 1) or "Missing character" in line:
            found.append(f"{fragment}: {line}")
    return found


def test_derivations_of_every_kind_compile_and_stay_on_their_pages(tmp_path):
    fragments = [
        rf"\typeout{{FRAGMENT {number}}}" + latex_fragment(one.program, one.steps(), bold=number % 3 == 0)
        for number, one in enumerate(DERIVATIONS)
    ]
    result = compiled(latex_document(*fragments, title=r"Hostile: 50% of {W_1} & \input{x} $ # ^ ~ é ∂ 中"), tmp_path)
    assert result.returncode == 0, result.stdout[-1500:]
    assert problems(result.stdout) == []
    assert (tmp_path / "derivation.pdf").stat().st_size > 100_000


def test_what_notebooks_print_compiles(tmp_path):
    shown = []
    for derivation in DERIVATIONS[::3]:
        shown.append(derivation.program._repr_latex_())
        for step in derivation.steps():
            shown += [step._repr_latex_(), step.factor._repr_latex_()]
            shown += [step.factor.jacobian._repr_latex_()] if step.factor.jacobian is not None else []
    assert len(shown) > 300
    result = compiled(latex_document("\n\n".join(shown) + "\n"), tmp_path)
    assert result.returncode == 0, result.stdout[-1500:]


def test_a_derivation_that_no_page_has_room_for_would_be_noticed(tmp_path):
    wide = latex_document(r"\noindent\rule{20cm}{1pt}" + latex_fragment(QUESTION, derive(QUESTION, "W2")))
    assert problems(compiled(wide, tmp_path).stdout)
    broken = latex_document("$a^{1}^{2}$\n")
    assert compiled(broken, tmp_path).returncode != 0


def numbered(fragment: str, number: int) -> str:
    """What a fragment says of one step."""
    start = fragment.index(rf"\textbf{{Step {number}}}")
    end = fragment.find(r"\textbf", start + 1)
    return fragment[start:end]


def test_a_step_is_the_chain_its_formula_and_its_numbers():
    third = numbered(latex_fragment(QUESTION, derive(QUESTION, "W2")), 3)
    matrix = r"\begin{bmatrix} -0.2600 & 0.6400 \\ -0.1600 & 0.4600 \\ -0.9500 & 0.7800 \end{bmatrix}"
    before = r"\begin{bmatrix} -0.0162 \\ -0.0594 \end{bmatrix}"
    after = r"\begin{bmatrix} -0.0338 \\ -0.0248 \\ -0.0310 \end{bmatrix}"
    upstream, local = r"\frac{\partial L}{\partial z^{(3)}}", r"\frac{\partial z^{(3)}}{\partial a^{(2)}}"
    whole = r"\frac{\partial L}{\partial a^{(2)}}"
    chain = rf"\underbrace{{{local}}}_{{3 \times 2}} \cdot \underbrace{{{upstream}}}_{{2 \times 1}}"
    numbers = rf"\underbrace{{{matrix}}}_{{3 \times 2}} \cdot \underbrace{{{before}}}_{{2 \times 1}}"
    assert third.splitlines()[1:] == [
        r"\begin{align*}",
        rf"{whole} & = {chain} \\",
        rf" & = W^{{(3)\top}} \cdot {upstream} \\",
        rf" & = {numbers} = \underbrace{{{after}}}_{{3 \times 1}}",
        r"\end{align*}",
    ]
    reason = r"$\partial z^{(3)}_{k}/\partial a^{(2)}_{j}$ is entry [k, j] of $W^{(3)}$"
    assert third.startswith(rf"\textbf{{Step 3}}, $\partial z^{{(3)}}/\partial a^{{(2)}}$. {reason}; in denominator")


def test_a_tensor_is_added_up_slice_by_slice():
    last = numbered(latex_fragment(QUESTION, derive(QUESTION, "W2", layout="numerator")), 5)
    assert r"= - 0.0338 \begin{bmatrix} -0.8500 & 0 & 0 \\ 0.2200 & 0 & 0 \end{bmatrix}" in last
    assert r"+ 0 \begin{bmatrix} 0 & 0 & -0.8500 \\ 0 & 0 & 0.2200 \end{bmatrix}" in last
    assert last.count(r"\begin{bmatrix}") == 3 + 1


def test_large_matrices_are_cut_with_dots():
    fragment = latex_fragment(LARGE, derive(LARGE, "W1", form="hadamard"))
    assert r"\vdots & \vdots & \vdots & \vdots & \vdots & \vdots & \ddots \end{bmatrix}}_{30 \times 40}" in fragment
    assert len(fragment) < 10_000


def test_losses_are_written_out_and_axes_explained():
    fragment = latex_fragment(ATTENTION, derive(ATTENTION, "Wq", form="hadamard"))
    assert r"P &= \operatorname{softmax}_{j}\left(\frac{Q K^{\top}}{\sqrt{2}}\right) && (4 \times 4)" in fragment
    assert "one with $j$ along each row" in fragment
    rows = latex_fragment(ROWS, derive(ROWS, "W2"))
    assert r"\tfrac{1}{2} \sum (a^{(2)} - y)^{2}" in rows


def test_a_fragment_is_ascii_and_what_a_user_writes_is_text():
    program = Program(["größe_1 = W @ x", "L = sum(größe_1**2)"], {"W": (3, 2), "x": (2, 1)}, title=r"\input{x}")
    document = latex_document(latex_fragment(program, derive(program, "W")), title=program.title)
    assert document.isascii()
    assert r"\input{" not in document
    assert r"\text{gr\"{o}\ss{}e}" in document

"""Whatever a user gives the doctor: one formula, a derivation of several lines, or a chain of derivatives."""

from __future__ import annotations

from collections.abc import Callable

from engine.calculus import Program
from engine.diagnostics import Diagnostic
from engine.doctor.chain.diagnose import diagnose_chain, is_derivative_chain
from engine.doctor.chain.findings import ChainDiagnosis
from engine.doctor.derivation import Derivation, Status, diagnose_derivation
from engine.doctor.diagnose import SECONDS, diagnose
from engine.doctor.diagnosis import Diagnosis
from engine.formula import parse

Finding = Diagnosis | Derivation | ChainDiagnosis
"""What the doctor answers."""


def consult(
    program: Program,
    target: str,
    text: str,
    *,
    of: str | None = None,
    seconds: float = SECONDS,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Finding:
    """Judge `text` as what it is: `diagnose`, `diagnose_derivation` or `diagnose_chain`, and raises what they raise."""
    if is_derivative_chain(text):
        return diagnose_chain(text, program, target, of=of)
    if is_derivation(text):
        found = diagnose_derivation(program, text, seconds=seconds, is_cancelled=is_cancelled)
        claims = [judged for judged in found.lines if judged.status is not Status.HELPER]
        if len(found.lines) != 1 or claims:
            return found
        text = found.lines[0].line.expression_text  # one line under a name of no meaning: its right side is the formula
    return diagnose(program, target, text, of=of, seconds=seconds, is_cancelled=is_cancelled)


def is_derivation(text: str) -> bool:
    """Whether a text has assignments in it, rather than one formula."""
    if "=" not in text:
        return False
    try:
        parse(text)
    except Diagnostic:
        return True
    return False


def is_right(found: Finding) -> bool:
    """Whether nothing is wrong."""
    match found:
        case Diagnosis():
            return found.verdict.is_right
        case Derivation():
            return found.is_right
    return found.verdict == "correct"

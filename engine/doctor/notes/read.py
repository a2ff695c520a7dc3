r"""A person's derivation of several lines, as a list of assignments; nothing is executed.

Three hands are read: NumPy (also a function pasted whole), notes on paper, and blocks of LaTeX. What is no formula,
such as comments or `self.`, is blanked at the same length: an expression's span is where it stands in the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from engine.diagnostics import Diagnostic, Span, Where
from engine.doctor.chain.diagnose import is_derivative_chain
from engine.doctor.notes.derivatives import LeftSide, Names, left_side
from engine.doctor.notes.statements import ASSIGNMENT, Statement, blanked, statements, top_level
from engine.formula import parse
from engine.formula.syntax import Literal, Name

MAX_LENGTH = 20_000
"""Characters of the longest notes."""
MAX_LINES = 300
"""Statements of the longest notes."""
ZERO_WHERE = "zero where"
"""The operator of `dZ[Z <= 0] = 0`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One expression, and the name that it is for."""

    name: str
    """In the formula language's spelling: `dZ2`, `delta2` for δ⁽²⁾; `dW2` for ∂L/∂W2, `dz3_da2` for ∂z3/∂a2."""
    meaning: tuple[str, str] | None
    """What the name claims to be: ("L", "W2") for ∂L/∂W2 by the program's names; None if it does not say."""
    expression_text: str
    """Parses as a formula, or is a chain of derivatives; what the user wrote, with blanks and `$` for what is none."""
    span: Span
    """Of the expression in the notes."""
    line_number: int
    """Of its first character, counted from 1."""
    operator: str = ""
    """What joins the expression to the name's value so far: `+` for `dW2 += …`, `zero where` for `dZ2[Z2 <= 0] = 0`."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is no assignment of a formula."""

    reason: str
    span: Span
    line_number: int


@dataclass(frozen=True, slots=True)
class Notes:
    """A derivation as it was read."""

    text: str
    lines: tuple[Line, ...]
    skipped: tuple[Skipped, ...]
    problems: tuple[Diagnostic, ...]
    """What should have been read and could not be; each is located in the notes."""


def read_notes(text: str, names: Collection[str], loss: str) -> Notes:
    """The assignments of a derivation about a program with these `names`, where `loss` is what is differentiated.

    Raises a Diagnostic `too_large` beyond MAX_LENGTH characters or MAX_LINES statements. Every other problem is listed
    and hides none of the next.
    """
    if len(text) > MAX_LENGTH:
        raise Diagnostic("too_large", f"the notes have {len(text):,} characters, and {MAX_LENGTH:,} are allowed")
    clean = blanked(text)
    found = statements(clean)
    if len(found) > MAX_LINES:
        raise Diagnostic("too_large", f"the notes have {len(found):,} lines, and {MAX_LINES:,} are allowed")
    reader = _Reader(text, clean, Names(names, loss))
    for statement in found:
        try:
            reader.read(statement)
        except Diagnostic as problem:
            reader.problems.append(problem)
    return Notes(text, tuple(reader.lines), tuple(reader.skipped), tuple(reader.problems))


_KEYWORD = re.compile(
    r"(?P<word>def|class|return|import|from|assert|print|raise|pass|global|nonlocal|for|while|if|elif|else|with|try|"
    r"except|finally|del|yield|async)\b(?!\s*=)|(?P<decorator>@\w[\w.]*(?:\(.*\))?$)"
)
_REASONS = {
    "def": "the head of a function", "class": "the head of a class", "return": "what a function answers",
    "import": "an import", "from": "an import", "assert": "an assertion", "print": "a printed message",
    "for": "a loop's head: its body is read once", "while": "a loop's head: its body is read once",
    "if": "a condition: what it guards is read as if it held", "elif": "a condition: what it guards is read too",
    "else": "a condition: what it guards is read too",
}  # fmt: skip
_CONTAINER = re.compile(r"\{\s*(?:\}|[\w ]*[\"':])|dict\(|list\(|\[\s*\]$|(?:None|True|False)$|[\"']")


class _Reader:
    """Statements are read one after the other; what is found is collected."""

    def __init__(self, text: str, clean: str, names: Names) -> None:
        self.text, self.clean, self.names = text, clean, names
        self.lines: list[Line] = []
        self.skipped: list[Skipped] = []
        self.problems: list[Diagnostic] = []

    def read(self, statement: Statement) -> None:
        """Add the lines of a statement, or the reason why it has none; raises a located Diagnostic."""
        piece = self.clean[statement.start : statement.end]
        if keyword := _KEYWORD.match(piece):
            self.skip(_REASONS.get(keyword["word"] or "", "no formula"), statement)
            return
        signs = top_level(ASSIGNMENT, piece)
        if not signs:
            self.skip("nothing is assigned here", statement)
            return
        left = self.left(statement, piece[: signs[0].start()])
        if left is None:
            self.skip("several names at once", statement)
            return
        operator = signs[0].group().rstrip("=") if signs[0]["joined"] else ""
        ends = [sign.start() for sign in signs[1:]] + [len(piece)]
        for number, (sign, end) in enumerate(zip(signs, ends, strict=True)):
            expression = _trimmed_part(piece, sign.end(), end)
            span = (statement.start + expression[0], statement.start + expression[1])
            self.expression(statement, left, span, "" if number else operator)

    def skip(self, reason: str, statement: Statement) -> None:
        span = (statement.start, statement.end)
        self.skipped.append(Skipped(reason, span, self.line_number(statement.start)))

    def line_number(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def fail(self, problem: Diagnostic, statement: Statement, offset: int) -> Diagnostic:
        """A problem of a part of a statement that begins at `offset`, located in the notes."""
        start, end = problem.where.span or (0, 0)
        shift = offset - statement.start
        where = Where(
            line=self.line_number(offset + start),
            text=self.text[statement.start : statement.end],
            span=(start + shift, end + shift),
        )
        return replace(problem, where=where)

    # ---- the left side ---------------------------------------------------------------------------------------

    def left(self, statement: Statement, piece: str) -> LeftSide | None:
        """Whose expression a statement is; None for a tuple."""
        if not piece.strip():
            if not self.lines:
                problem = Diagnostic("bad_name", "nothing stands before this `=`, and nothing in a line above it")
                raise self.fail(problem, statement, statement.start)
            return LeftSide(self.lines[-1].name, self.lines[-1].meaning)
        piece = re.sub(r":\s*[A-Za-z_][\w.\[\]]*\s*$", "", piece)  # an annotation of a type
        hints: tuple[str, ...] = ()
        for part in _candidates(piece):
            try:
                if found := left_side(part, self.names):
                    return found
            except Diagnostic as unread:
                hints = hints or unread.hints
        if top_level(re.compile(","), piece):
            return None
        message = "the left side must be a name or a derivative, as in `dW2 = …` or `∂L/∂W2 = …`"
        problem = Diagnostic("bad_name", message, Where(span=(0, len(piece.rstrip()))), hints=hints)
        raise self.fail(problem, statement, statement.start)

    # ---- the right side --------------------------------------------------------------------------------------

    def expression(self, statement: Statement, left: LeftSide, span: Span, operator: str) -> None:
        text = self.clean[slice(*span)]
        if left.condition is not None:
            start = statement.start + left.condition[0]
            if text.strip() not in ("0", "0.0"):
                problem = Diagnostic(
                    "bad_value", "where a condition holds, only 0 can be set", Where(span=(0, len(text)))
                )
                raise self.fail(problem, statement, span[0])
            span, operator = (start, statement.start + left.condition[1]), ZERO_WHERE
            text = self.clean[slice(*span)]
        elif _CONTAINER.match(text):
            self.skip("a container and no formula", statement)
            return
        if not is_derivative_chain(text):
            try:
                node = parse(text)
            except Diagnostic as problem:
                raise self.fail(problem, statement, span[0]) from None
            if node == Name(left.name) and not operator:
                self.skip("gives a value the name that it has", statement)
                return
            if isinstance(node, Literal) and all(isinstance(entry, Name) for entry in node.children):
                self.skip("a tuple and no formula", statement)
                return
        self.lines.append(Line(left.name, left.meaning, text, span, self.line_number(span[0]), operator))


def _trimmed_part(piece: str, start: int, end: int) -> Span:
    """Without the blanks around it."""
    part = piece[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _candidates(piece: str) -> tuple[str, ...]:
    """A left side, and what it may be where words stand before it: `Output layer: δ3`, `so the error is δ3`.

    What is before a candidate is blank, so that offsets stay.
    """
    colon, word = piece.rfind(":"), len(piece.rstrip()) - len(piece.split()[-1])
    starts = (0, colon + 1, word if re.search(r"[A-Za-z]{2,}\s", piece[:word]) else 0)
    return tuple(" " * start + piece[start:] for start in dict.fromkeys(starts))

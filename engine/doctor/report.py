"""A diagnosis in words, in stages: where, what kind, the change, the formula. A hint is worth more than an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.calculus.typeset import fraction
from engine.diagnostics import Span, display_width, underline
from engine.doctor.chain.findings import ChainDiagnosis, spell_failure
from engine.doctor.consult import Finding
from engine.doctor.derivation import UNREAD_ABOVE, Derivation, Judged, Status
from engine.doctor.diagnosis import Diagnosis, Mismatch, Term
from engine.doctor.edits import KINDS
from engine.formula import spell_shape
from engine.verdict import Verdict

STAGES = ("where", "what kind", "the change", "the corrected formula")
"""What each further hint tells."""
WIDTH = 110
"""Columns for a formula and what is drawn under it, unless told otherwise."""

_HEADS = {
    Verdict.CORRECT: "Right.",
    Verdict.CORRECT_TRANSPOSED: "Right, in the other layout.",
    Verdict.SHAPE_MISMATCH: "An operator cannot be applied.",
    Verdict.WRONG_SHAPE: "The shape is wrong.",
    Verdict.WRONG_VALUE: "The shape is right, the value is wrong.",
    Verdict.UNPARSABLE: "This cannot be read.",
}


def report_lines(found: Finding, stage: int = len(STAGES), width: int = WIDTH) -> Iterator[str]:
    """What was found, with the first `stage` hints, from 0 to all; formulas longer than `width` columns are folded."""
    match found:
        case Diagnosis():
            return _formula_report(found, stage, width)
        case Derivation():
            return _derivation_report(found, stage, width)
    return _chain_report(found, stage, width)


def has_hints(found: Finding) -> bool:
    """Whether there is more to tell than the verdict."""
    match found:
        case Diagnosis():
            return bool(found.fixes or found.alignment)
        case Derivation():
            return any(_hinted(judged) for judged in found.lines)
    return found.verdict != "correct"


def _hinted(judged: Judged) -> bool:
    found = judged.if_right
    return judged.status is Status.WRONG and found is not None and bool(found.fixes or found.alignment)


_WORDS = {
    Status.RIGHT: "right",
    Status.SCALED: "right but for N, which a later line makes up for",
    Status.WRONG: "wrong",
    Status.FOLLOWS: "wrong only because of a line above: right in itself",
    Status.HELPER: "a value for other lines",
    Status.UNREAD: "cannot be judged",
    Status.UNUSED: "cannot be judged, and no gradient needs it",
}


def _derivation_report(found: Derivation, stage: int, columns: int) -> Iterator[str]:
    """Line by line, and then what is wrong with each line that is wrong in itself."""
    first = found.first_wrong
    if first is not None:
        yield f"The derivation goes wrong in line {first.line.line_number}, {first.line.name}."
    elif found.is_right:
        yield "The derivation is right, line by line."
    else:
        yield "No line of this claims to be a derivative, as dW2 = … or delta2 = … would."
    width = max((len(judged.line.name) for judged in found.lines), default=0)
    for judged in found.lines:
        said = f"{_WORDS[judged.status]}{_because(judged)}"
        yield f"  {judged.line.line_number:3}  {judged.line.name.ljust(width)}  {said}"
    for part in found.skipped:
        yield f"  {part.line_number:3}  {' ' * width}  left out: {part.reason}"
    for problem in found.problems:
        yield from str(problem).splitlines()
    for judged in found.lines:
        if judged.problem is not None and judged.status is Status.UNREAD and not _because(judged):
            yield f"Line {judged.line.line_number}, {judged.line.name}: {_sentence(judged.problem.message)}"
            if judged.problem.where.span is not None:
                marked = underline(judged.line.expression_text, judged.problem.where.span, columns - 2)
                yield from (f"  {line}" for line in marked)
        if judged.status is not Status.WRONG:
            continue
        yield f"Line {judged.line.line_number}, {judged.line.name}:"
        if judged.chain is not None:
            yield from (f"  {line}" for line in _chain_report(judged.chain, stage, columns - 2))
        if judged.if_right is not None:
            yield from (f"  {line}" for line in _formula_report(judged.if_right, stage, columns - 2))


def _because(judged: Judged) -> str:
    """Why a line cannot be judged, where the reason stands above."""
    is_above = judged.problem is not None and judged.problem.code == UNREAD_ABOVE
    return f": {judged.problem.message}" if judged.problem is not None and is_above else ""


def _chain_report(found: ChainDiagnosis, stage: int, width: int) -> Iterator[str]:
    """Order, layout, and each factor that is wrong; at last the chain as it should be."""
    layout = f" It is in the order of {found.layout} layout." if found.layout else ""
    yield {"correct": "Right.", "part": "Right, as a part of the chain."}.get(found.verdict, "Wrong.") + layout
    yield f"  {found.text}"
    for factor in found.factors:
        shapes = ", ".join(f"{spell_shape(shape)} in {layout} layout" for layout, shape in factor.shapes.items())
        yield f"  {fraction(factor.numerator, factor.denominator)}: {shapes}"
    for finding in found.findings:
        yield from (f"  {line}" for line in underline(found.text, finding.span, width - 2))
        yield _sentence(finding.message)
    for layout, failure in found.fails.items():
        if failure is not None and found.verdict == "wrong":
            yield f"In {layout} layout the first product that fails is {spell_failure(failure)}."
    if found.verdict != "correct" and stage >= len(STAGES):
        yield from (f"Right in {layout} layout: {text}" for layout, text in found.corrected.items())


def _formula_report(diagnosis: Diagnosis, stage: int, width: int) -> Iterator[str]:
    yield f"{_HEADS[diagnosis.verdict]} {_sentence(diagnosis.summary)}"
    yield from _formula_lines(diagnosis, width)
    for note in diagnosis.notes:
        yield _sentence(note)
    if diagnosis.entry_check:
        yield diagnosis.entry_check
    for number in range(1, stage + 1):
        yield from hint_lines(diagnosis, number)


def short_lines(diagnosis: Diagnosis, width: int = WIDTH) -> Iterator[str]:
    """The verdict, and the formula with the shapes of its parts below: what fits beside other things."""
    yield f"{_HEADS[diagnosis.verdict]} {_sentence(diagnosis.summary)}"
    yield from _sketch(diagnosis, width)
    for note in diagnosis.notes:
        yield _sentence(note)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def _sketch(diagnosis: Diagnosis, columns: int) -> Iterator[str]:
    """The formula, with the shapes of its parts below, and carets under what cannot be applied."""
    if diagnosis.problem is not None and diagnosis.mismatch is None:
        yield from ("  " + line for line in underline(diagnosis.formula, diagnosis.problem.where.span, columns - 2))
        yield from (_sentence(hint) for hint in diagnosis.problem.hints)
        return
    text = diagnosis.formula
    if "\n" not in text:
        yield from ("  " + line for line in sketched(text, diagnosis.terms, diagnosis.mismatch, columns - 2))
    if diagnosis.mismatch is not None:
        left, right = (spell_shape(shape) for shape in (diagnosis.mismatch.left_shape, diagnosis.mismatch.right_shape))
        yield f"  {diagnosis.chain}: {left} and {right} do not fit"


def _formula_lines(diagnosis: Diagnosis, columns: int) -> Iterator[str]:
    """The sketch, and which factor of the chain each part is."""
    yield from _sketch(diagnosis, columns)
    known = [term for term in diagnosis.terms if term.factor is not None]
    width = max((display_width(term.text) for term in known), default=0)
    for term in known:
        yield f"  {term.text}{' ' * (min(width, 40) - display_width(term.text))}  {_role(term)}"


def sketched(text: str, terms: Sequence[Term], mismatch: Mismatch | None, width: int) -> Iterator[str]:
    """A formula with the shapes of its parts below, and carets under what cannot be applied, folded to `width`."""
    sketch = [text, *underbraced(text, terms)]
    if mismatch is not None:
        sketch.append(underline(text, mismatch.span, len(text))[1])
    yield from folded(sketch, width)


def _role(term: Term) -> str:
    numerator, _, denominator = (term.factor or "").partition("/")
    layout = f", in {term.layout} layout" if term.layout else ""
    return f"{fraction(numerator[1:], denominator[1:])}{layout}, {spell_shape(term.shape)}"


def underbraced(text: str, terms: Sequence[Term]) -> Iterator[str]:
    """Lines to stand below a formula, with the shape of each part under it: `╰─ 2×1 ─╯`."""
    rows: list[str] = []
    for term in terms:
        start, end = display_width(text[: term.span[0]]), display_width(text[: term.span[1]])
        label = spell_shape(term.shape) if term.shape else ""
        if not label:
            continue
        mark = f"╰{f' {label} '.center(end - start - 2, '─')}╯" if end - start >= len(label) + 4 else label
        start += max(0, (end - start - len(mark)) // 2)
        row = next((number for number, line in enumerate(rows) if len(line) < start or not line), None)
        if row is None:
            rows.append("")
            row = len(rows) - 1
        rows[row] = rows[row].ljust(start) + mark
    yield from rows


def folded(lines: Sequence[str], width: int) -> Iterator[str]:
    """Lines that belong below each other, folded together: before a factor where there is one near the end."""
    while lines[0] and display_width(lines[0]) > width:
        cut = next((place for place in range(width, width * 3 // 5, -1) if lines[0][place - 1] == " "), width)
        yield from (line for line in (line[:cut].rstrip() for line in lines) if line)
        lines = ["… " + lines[0][cut:], *("  " + line[cut:] for line in lines[1:])]
    yield from (line for line in (line.rstrip() for line in lines) if line)


def hint_lines(diagnosis: Diagnosis, stage: int) -> list[str]:
    """One hint: 1 where, 2 what kind of mistake, 3 the change, 4 the corrected formula."""
    return list(_hint(diagnosis, stage))


def _hint(diagnosis: Diagnosis, stage: int) -> Iterator[str]:
    if diagnosis.verdict is Verdict.CORRECT or diagnosis.verdict is Verdict.UNPARSABLE:
        return
    if not diagnosis.fixes:
        if stage == len(STAGES):
            yield from _alignment_lines(diagnosis)
        return
    fix = diagnosis.fixes[0]
    match stage:
        case 1:
            yield f"Where: look at {' and at '.join(_places(diagnosis.formula, [edit.span for edit in fix.edits]))}."
        case 2:
            kinds = dict.fromkeys(KINDS[edit.kind].name for edit in fix.edits)
            yield f"What kind: {'; '.join(kinds)}."
        case 3:
            yield "The change:"
            yield from (f"  {number}. {edit.why}" for number, edit in enumerate(fix.edits, start=1))
        case _:
            yield f"Right: {fix.formula}"
            others = [other.formula for other in diagnosis.fixes[1:]]
            if others:
                yield f"Also right: {'   or   '.join(others)}"


def _places(text: str, spans: Sequence[Span]) -> dict[str, None]:
    """The places to look at: of places inside of each other the inner one."""
    inner = [
        (start, end)
        for start, end in dict.fromkeys(spans)
        if not any(start <= other[0] and other[1] <= end and other != (start, end) for other in spans)
    ]
    return dict.fromkeys(text[start:end] for start, end in inner)


def _alignment_lines(diagnosis: Diagnosis) -> Iterator[str]:
    """Where no small change was found: the reference chain beside the user's parts."""
    if not diagnosis.alignment:
        yield "No small change makes it right."
        return
    yield "No small change makes it right. The chain, and what in your formula corresponds to it:"
    width = max(len(row.factor) for row in diagnosis.alignment)
    formulas = max(len(row.formula) for row in diagnosis.alignment)
    for row in diagnosis.alignment:
        note = f" ({row.note})" if row.note else ""
        part = f"{row.text}{note}" if row.span else "not there"
        yield f"  {row.factor.ljust(width)}  {row.formula.ljust(formulas)}  {part}"
    yield f"Right: {diagnosis.reference}"

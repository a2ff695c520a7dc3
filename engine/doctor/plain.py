"""What the doctor says as plain data, for `--json` and for other programs."""

from __future__ import annotations

from typing import Any

from engine.diagnostics import Diagnostic
from engine.doctor.chain.findings import ChainDiagnosis
from engine.doctor.consult import Finding
from engine.doctor.derivation import Derivation, Judged
from engine.doctor.diagnosis import Diagnosis

Plain = dict[str, Any]


def plain_lines(found: Finding) -> list[Plain]:
    """One record for a formula or a chain; for a derivation one for each line that was judged, and a last one."""
    match found:
        case Diagnosis():
            return [plain(found)]
        case ChainDiagnosis():
            return [plain_chain(found)]
    return [*(_line(judged) for judged in found.lines), _derivation(found)]


def _line(judged: Judged) -> Plain:
    line = judged.line
    record: Plain = {
        "type": "line", "line": line.line_number, "name": line.name, "span": list(line.span),
        "of": line.meaning[0] if line.meaning else None, "target": line.meaning[1] if line.meaning else None,
        "status": str(judged.status),
        "if_right": None if judged.if_right is None else plain(judged.if_right),
        "as_it_stands": None if judged.as_it_stands is None else str(judged.as_it_stands.verdict),
    }  # fmt: skip
    if judged.chain is not None:
        record["chain"] = plain_chain(judged.chain)
    if judged.problem is not None:
        record["problem"] = _problem(judged.problem)
    return record


def _derivation(found: Derivation) -> Plain:
    first = found.first_wrong
    return {
        "type": "derivation",
        "ok": found.is_right,
        "first_wrong": None if first is None else {"line": first.line.line_number, "name": first.line.name},
        "skipped": [{"line": part.line_number, "span": list(part.span), "reason": part.reason}
                    for part in found.skipped],
        "problems": [_problem(problem) for problem in found.problems],
    }  # fmt: skip


def _problem(problem: Diagnostic) -> Plain:
    where = problem.where
    return {"code": problem.code, "message": problem.message, "line": where.line,
            "span": None if where.span is None else list(where.span), "hints": list(problem.hints)}  # fmt: skip


def plain_chain(found: ChainDiagnosis) -> Plain:
    """A chain of derivatives without numbers."""
    return {
        "type": "chain",
        "verdict": found.verdict,
        "of": found.of,
        "target": found.target,
        "layout": None if found.layout is None else str(found.layout),
        "factors": [
            {"factor": f"d{factor.numerator}/d{factor.denominator}", "span": list(factor.span),
             "shapes": {str(layout): list(shape) for layout, shape in factor.shapes.items()}}
            for factor in found.factors
        ],
        "findings": [{"code": finding.code, "message": finding.message, "span": list(finding.span)}
                     for finding in found.findings],
        "corrected": {str(layout): text for layout, text in found.corrected.items()},
        "fails": {
            str(layout): None if failure is None else {"span": list(failure.span), "left_shape": list(failure.left),
                                                       "right_shape": list(failure.right)}
            for layout, failure in found.fails.items()
        },
    }  # fmt: skip


def plain(diagnosis: Diagnosis) -> Plain:
    """The diagnosis as the command line's contract says."""
    mismatch = diagnosis.mismatch
    line: Plain = {
        "type": "diagnosis",
        "verdict": str(diagnosis.verdict),
        "of": diagnosis.of,
        "target": diagnosis.target,
        "target_shape": list(diagnosis.target_shape),
        "formula": diagnosis.formula,
        "shape": None if diagnosis.shape is None else list(diagnosis.shape),
        "summary": diagnosis.summary,
        "chain": diagnosis.chain,
        "mismatch": None if mismatch is None else {
            "span": list(mismatch.span), "left_shape": list(mismatch.left_shape),
            "right_shape": list(mismatch.right_shape), "operator": mismatch.operator, "message": mismatch.message,
        },
        "terms": [
            {"span": list(term.span), "text": term.text, "shape": list(term.shape), "layout": term.layout,
             "factor": term.factor}
            for term in diagnosis.terms
        ],
        "notes": list(diagnosis.notes),
        "fixes": [
            {"formula": fix.formula, "distance": fix.distance, "verified": fix.verified, "edits": [
                {"kind": edit.kind, "span": list(edit.span), "text": edit.text, "why": edit.why} for edit in fix.edits
            ]}
            for fix in diagnosis.fixes
        ],
        "alignment": [
            {"factor": row.factor, "formula": row.formula, "span": None if row.span is None else list(row.span),
             "text": row.text, "note": row.note}
            for row in diagnosis.alignment
        ],
        "reference": diagnosis.reference,
    }  # fmt: skip
    if diagnosis.problem is not None:
        line["problem"] = _problem(diagnosis.problem)
    return line

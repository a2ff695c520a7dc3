"""The doctor: where a user's own gradient formula goes wrong, and the smallest change that makes it right."""

from engine.doctor.chain.diagnose import diagnose_chain, is_derivative_chain
from engine.doctor.chain.findings import ChainDiagnosis
from engine.doctor.consult import Finding, consult, is_derivation, is_right
from engine.doctor.derivation import Derivation, Judged, Status, diagnose_derivation
from engine.doctor.diagnose import diagnose, examine
from engine.doctor.diagnosis import Aligned, Diagnosis, Edit, Fix, Mismatch, Term
from engine.doctor.plain import plain, plain_lines
from engine.doctor.report import STAGES, has_hints, hint_lines, report_lines, short_lines
from engine.verdict import Verdict

__all__ = [
    "STAGES",
    "Aligned",
    "ChainDiagnosis",
    "Derivation",
    "Diagnosis",
    "Edit",
    "Finding",
    "Fix",
    "Judged",
    "Mismatch",
    "Status",
    "Term",
    "Verdict",
    "consult",
    "diagnose",
    "diagnose_chain",
    "diagnose_derivation",
    "examine",
    "has_hints",
    "hint_lines",
    "is_derivation",
    "is_derivative_chain",
    "is_right",
    "plain",
    "plain_lines",
    "report_lines",
    "short_lines",
]

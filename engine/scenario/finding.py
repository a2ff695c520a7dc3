"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.diagnostics import Where


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found."""

    severity: Severity
    code: str
    message: str
    where: Where

    def __str__(self) -> str:
        place = str(self.where)
        return f"{self.severity}[{self.code}]: {self.message}" + (f"\n  --> {place}" if place else "")

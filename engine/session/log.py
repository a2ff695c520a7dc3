"""The append-only log of a session: JSON Lines, a header and then one record an action.

A log that was cut anywhere, by a crash or a full disk, loads up to its last whole record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from engine.diagnostics import Diagnostic
from engine.session.actions import AnyAction
from engine.session.state import State

SCHEMA = 1
USER = "user"
"""The actor of what a person does."""
MAX_RECORDS = 100_000
"""Records of the longest log that is loaded."""


class Header(msgspec.Struct, frozen=True, tag_field="type", tag="header"):
    """The first line: what the actions were applied to."""

    schema: int
    digest: str
    """Of the opening: program, numbers and view."""
    title: str = ""
    source: str = ""
    """The lesson's name, or the whole path of the scenario's file, to find it again by."""


class Record(msgspec.Struct, frozen=True):
    """One action."""

    seq: int
    """Counted from 0."""
    actor: str
    """Who did it: a person, `USER`, or a scenario's script."""
    action: AnyAction


class Log:
    """Records in order; nothing is ever taken out."""

    def __init__(self, header: Header, records: list[Record] | None = None) -> None:
        self.header = header
        self.records = records or []

    def append(self, action: AnyAction, actor: str) -> Record:
        record = Record(len(self.records), actor, action)
        self.records.append(record)
        return record

    def lines(self) -> Iterator[bytes]:
        """The lines of the file."""
        for part in (self.header, *self.records):
            yield msgspec.json.encode(part) + b"\n"

    @classmethod
    def loads(cls, data: bytes) -> Log:
        """The log in `data`, up to its last whole record.

        Raises a Diagnostic `bad_log` where there is no header, or one of another schema.
        """
        first, *rest = data.split(b"\n")
        try:
            header = msgspec.json.decode(first, type=Header)
        except (msgspec.MsgspecError, RecursionError):
            raise Diagnostic("bad_log", "this is not a session log: its first line is no header") from None
        if header.schema != SCHEMA:
            raise Diagnostic("bad_log", f"the log has schema {header.schema}, and this chainstep reads {SCHEMA}")
        records: list[Record] = []
        decoder = msgspec.json.Decoder(Record)
        for line in rest[:MAX_RECORDS]:
            try:
                record = decoder.decode(line)
            except (msgspec.MsgspecError, RecursionError):
                break
            if record.seq != len(records):
                break
            records.append(record)
        return cls(header, records)


def digest(state: State) -> str:
    """A fingerprint of what a session began with: program, numbers and view."""
    program, view = state.opening
    content = {
        "program": [line.text for line in program.plan.lines.values()],
        "values": {name: value.tolist() for name, value in program.inputs.items()},
        "view": [view.of, view.target, view.layout, view.form, view.entry],
    }
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]

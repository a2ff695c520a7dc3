"""Sessions as files: saved as a scenario (TOML) or as a log (JSON Lines), and found again by either."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario, load
from engine.scenario.library import lesson_names
from engine.scenario.record import beginning_at, scenario_of
from engine.scenario.replay import ACTOR
from engine.session import Log, Record, Session, State, actions, digest

SCENARIO, LOG = ".toml", ".jsonl"
"""The endings of names, which say what is written."""
_CHANGES = (
    actions.Edit, actions.SetValues, actions.Update, actions.SetNetwork, actions.Undo, actions.Redo, actions.Reset,
)  # fmt: skip
MAX_LOG_BYTES = 50_000_000


def changes_numbers(record: Record) -> bool:
    """Whether it is a person's change of the numbers or of the network, which one may not want to lose."""
    return record.actor != ACTOR and isinstance(record.action, _CHANGES)


def source_of(scenario: Scenario) -> str:
    """By what a log says where its scenario is: a lesson's name, or the whole path of a file."""
    return scenario.name if scenario.name in lesson_names() else str(Path(scenario.name).absolute())


def save(scenario: Scenario, session: Session, typed: str, *, overwrite: bool = False) -> Path:
    """Write the session to the file that was typed, as what its ending says; without one, as a scenario.

    Raises a Diagnostic: `bad_value` for no name or another ending, `exists`, `unwritable`, and what `scenario_of` does.
    """
    path = _path(typed)
    data = b"".join(session.log.lines()) if path.suffix == LOG else scenario_of(scenario, session.log).encode()
    _write(path, data, overwrite=overwrite)
    return path


def begin(scenario: Scenario, state: State, typed: str, *, overwrite: bool = False) -> Scenario:
    """Write a scenario that begins at `state` and has no script yet to the file that was typed; answers it, loaded.

    Raises a Diagnostic: `bad_value` for no name or one that is not a scenario's, and what `beginning_at` does.
    """
    path = _path(typed)
    if path.suffix != SCENARIO:
        raise Diagnostic("bad_value", f"a recording is a scenario, {SCENARIO}, and not {path.suffix}")
    _write(path, beginning_at(scenario, state).encode(), overwrite=overwrite)
    return load(path)


def _write(path: Path, data: bytes, *, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise Diagnostic("exists", f"there is a file {path} already", hints=("take another name",))
    try:
        replace_file(path, data)
    except OSError as problem:
        raise Diagnostic("unwritable", f"{path} cannot be written: {problem.strerror or problem}") from None


def _path(typed: str) -> Path:
    typed = typed.strip()
    if not typed or not Path(typed).name or typed.endswith(("/", os.sep)):
        raise Diagnostic("bad_value", "the name of a file is missing", hints=("for example my.toml, or my.jsonl",))
    try:
        path = Path(typed).expanduser()
    except RuntimeError:
        raise Diagnostic("unwritable", f"the home folder in {typed} is not known") from None
    if not path.suffix:
        path = path.with_name(path.name + SCENARIO)
    if path.suffix not in (SCENARIO, LOG):
        raise Diagnostic("bad_value", f"a session is saved as a scenario, {SCENARIO}, or as a log, {LOG}; "
                         f"not as {path.suffix}")  # fmt: skip
    if "\0" in typed or path.is_dir():
        raise Diagnostic("unwritable", f"{path} cannot be written: it is no name for a file")
    return path


def read_log(path: str) -> Log:
    """The log in a file. Raises a Diagnostic `unreadable` or `bad_log`."""
    try:
        with Path(path).open("rb") as file:
            return Log.loads(file.read(MAX_LOG_BYTES))
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unreadable", f"{path} cannot be read: {reason}") from None


def scenario_of_log(log: Log, named: str | None = None) -> Scenario:
    """The scenario with which a log was recorded: the one that is named, or the one that the log names.

    Raises what `load` raises, and a Diagnostic `bad_log` where it is not that scenario (any more).
    """
    if named is None and not log.header.source:
        raise Diagnostic("bad_log", "the log does not say of which scenario it is",
                         hints=("name it: chainstep my.toml --log FILE",))  # fmt: skip
    scenario = load(named or log.header.source)
    if log.header.digest != digest(scenario.opening):
        raise Diagnostic(
            "bad_log", f"this log was recorded with another scenario than {scenario.name}, or another version of it",
            hints=("name the right one: chainstep my.toml --log FILE",),
        )  # fmt: skip
    return scenario


def replace_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write all of a file or nothing; one that is there keeps its permissions, a new one has the usual ones or `mode`.

    Raises an OSError.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if path.exists():
            mode = path.stat().st_mode & 0o777
        Path(temporary).chmod(0o666 & ~_umask() if mode is None else mode)
        Path(temporary).replace(path)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

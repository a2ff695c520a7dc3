"""Students' logs on the server's disk: private, found again, bounded, and never in the way of a session."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from engine.scenario import load
from engine.session import Record, Session, actions
from tui.classroom.door.places import person_of_key, person_of_name
from tui.classroom.keeping import Limits, StudentLogs

ADA, BOB = person_of_name("Ada"), person_of_key(b"bob's key")
CHANGE = actions.Edit(name="W2", at=[0, 1], value=0.75)


def session_of(logs: StudentLogs, person: str, *done: actions.AnyAction) -> tuple[Session, list[bool]]:
    """A session that is kept as it grows, and for each action whether it was."""
    scenario = load("question")
    kept: list[bool] = []
    session = Session(scenario.opening, scenario.title, lambda record: kept.append(logs.record(person, record)))
    logs.begin(person, session)
    for action in done:
        session.dispatch(action)
    return session, kept


def actions_of(logs: StudentLogs, person: str) -> list[actions.AnyAction] | None:
    log = logs.read(person)
    return None if log is None else [record.action for record in log.records]


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.fixture
def logs(tmp_path: Path) -> StudentLogs:
    return StudentLogs(tmp_path / "deep" / "logs")


def test_a_log_grows_with_the_session_and_is_found_after_the_server_was_started_again(logs: StudentLogs) -> None:
    session, kept = session_of(logs, ADA, actions.Step(), CHANGE)
    assert kept == [True] * 2
    again = StudentLogs(logs.folder)
    assert ADA in again
    log = again.read(ADA)
    assert log is not None
    resumed = Session.replayed(load("question").opening, log)
    assert resumed.state.values["W2"][0, 1] == 0.75
    assert resumed.state.cursor == session.state.cursor


def test_a_session_that_is_gone_on_with_keeps_what_it_had(logs: StudentLogs) -> None:
    session_of(logs, ADA, actions.Step(), CHANGE)
    log = logs.read(ADA)
    assert log is not None
    resumed = Session.replayed(load("question").opening, log, lambda record: assert_kept(logs.record(ADA, record)))
    logs.begin(ADA, resumed)
    resumed.dispatch(actions.Undo())
    assert actions_of(logs, ADA) == [actions.Step(), CHANGE, actions.Undo()]


def assert_kept(is_kept: bool) -> None:
    assert is_kept


def test_each_student_has_the_logs_of_their_own_sessions_and_the_latest_is_read(logs: StudentLogs) -> None:
    session_of(logs, ADA, actions.Step())
    session_of(logs, BOB, CHANGE)
    session_of(logs, ADA, CHANGE, actions.Step())
    assert actions_of(logs, ADA) == [CHANGE, actions.Step()]
    assert actions_of(logs, BOB) == [CHANGE]
    assert [(kept.number, len(kept.log.records)) for kept in logs.of(ADA)] == [(1, 1), (2, 2)]
    first = logs.read(ADA, 1)
    assert first is not None
    assert [record.action for record in first.records] == [actions.Step()]
    assert logs.read(ADA, 3) is None
    eve = person_of_name("Eve")
    assert (eve in logs, logs.read(eve), logs.of(eve)) == (False, None, [])


def test_a_session_in_which_nothing_is_done_takes_no_place_whatever_the_class_had_done_before(
    logs: StudentLogs,
) -> None:
    the_class, _ = session_of(logs, BOB, actions.Step())
    logs.begin(ADA, the_class)
    assert ADA not in logs
    session_of(logs, ADA, CHANGE)
    for _ in range(3):
        logs.begin(ADA, the_class)
    assert [len(kept.log.records) for kept in logs.of(ADA)] == [1]
    logs.begin(ADA, the_class)
    the_class.dispatch(CHANGE)  # which is not hers
    own = the_class.forked(lambda record: assert_kept(logs.record(ADA, record)))
    logs.begin(ADA, own)
    own.dispatch(actions.Undo())
    assert actions_of(logs, ADA) == [actions.Step(), CHANGE, actions.Undo()]


def test_what_goes_on_from_a_log_goes_on_in_it_and_what_begins_anew_does_not(logs: StudentLogs) -> None:
    session, _ = session_of(logs, ADA, actions.Step())
    for _ in range(3):  # as after a connection that was lost
        logs.begin(ADA, session)
        session.dispatch(CHANGE)
    assert [len(kept.log.records) for kept in logs.of(ADA)] == [4]
    session_of(logs, ADA, actions.Step())
    assert [len(kept.log.records) for kept in logs.of(ADA)] == [4, 1]


def test_the_oldest_logs_of_a_student_make_room_for_new_ones_and_numbers_stay(tmp_path: Path) -> None:
    logs = StudentLogs(tmp_path / "logs", Limits(logs=3))
    session_of(logs, BOB, CHANGE)
    for count in range(1, 6):
        assert all(session_of(logs, ADA, *[CHANGE] * count)[1])
    assert [(kept.number, len(kept.log.records)) for kept in logs.of(ADA)] == [(3, 3), (4, 4), (5, 5)]
    assert len(logs.of(BOB)) == 1


def test_all_logs_of_a_student_are_bounded_together_and_what_does_not_fit_removes_nothing(tmp_path: Path) -> None:
    logs = StudentLogs(tmp_path / "logs", Limits(a_student=1_200))
    long, _ = session_of(logs, BOB, *[CHANGE] * 40)
    for _ in range(5):
        assert all(session_of(logs, ADA, *[CHANGE] * 5)[1])
        assert bytes_in(logs.folder) <= 2 * 1_200
    numbers = [kept.number for kept in logs.of(ADA)]
    assert numbers[-1] == 5
    assert 1 < len(numbers) < 5
    logs.begin(ADA, long)
    assert not logs.record(ADA, Record(40, "user", CHANGE))
    assert [kept.number for kept in logs.of(ADA)] == numbers


def test_folder_and_files_are_the_owners_alone(logs: StudentLogs) -> None:
    before = os.umask(0o000)
    try:
        session_of(logs, ADA, CHANGE)
        session_of(logs, ADA, CHANGE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(logs.folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in logs.folder.iterdir()] == [0o600] * 2


def test_a_folder_that_others_can_get_at_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    with pytest.raises(Diagnostic, match="others can get at") as caught:
        StudentLogs(tmp_path)
    assert f"chmod 700 {tmp_path}" in str(caught.value)


@pytest.mark.parametrize("name", ["file", "file/logs", "a\0b"])
def test_where_no_folder_can_be_made_that_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Diagnostic, match="cannot be kept in") as caught:
        StudentLogs(tmp_path / name)
    assert caught.value.code == "unwritable"


@pytest.mark.parametrize(
    "person", ["", "..", "../ada", "/etc/passwd", "a/b", "a.b", "A", "é", "a\0", "a\n", "a" * 65, "1"]
)
def test_what_is_no_id_reaches_no_file(logs: StudentLogs, person: str) -> None:
    assert person not in logs
    with pytest.raises(ValueError, match="ids of people"):
        logs.read(person)
    with pytest.raises(ValueError, match="ids of people"):
        logs.begin(person, Session(load("question").opening))
    assert not logs.record(person, msgspec.json.decode(b"{}"))
    assert list(logs.folder.iterdir()) == []


def test_a_log_ends_at_its_limit_and_is_whole(tmp_path: Path) -> None:
    logs = StudentLogs(tmp_path / "logs", Limits(a_student=600))
    session, kept = session_of(logs, ADA, *[CHANGE] * 20)
    assert kept == sorted(kept, reverse=True)
    assert 2 < sum(kept) < 20
    assert 500 < bytes_in(logs.folder) <= 600
    assert actions_of(logs, ADA) == [CHANGE] * sum(kept)
    assert len(session.log.records) == 20
    logs.begin(ADA, session)
    session.dispatch(CHANGE)
    assert not kept[-1]
    assert actions_of(logs, ADA) == [CHANGE] * sum(kept)


def test_the_students_are_bounded_and_no_log_is_removed_for_another(tmp_path: Path) -> None:
    logs = StudentLogs(tmp_path / "logs", Limits(students=3))
    people = [person_of_name(f"student {number}") for number in range(5)]
    assert [session_of(logs, person, CHANGE)[1][0] for person in people] == [True] * 3 + [False] * 2
    assert [person in logs for person in people] == [True] * 3 + [False] * 2
    assert session_of(logs, people[0], CHANGE)[1] == [True]


def test_all_logs_together_are_bounded_also_across_processes(tmp_path: Path) -> None:
    limits = Limits(total=1_500)
    logs, other = StudentLogs(tmp_path / "logs", limits), StudentLogs(tmp_path / "logs", limits)
    session_of(logs, ADA, *[CHANGE] * 5)
    _, kept = session_of(other, BOB, *[CHANGE] * 20)
    assert kept[0]
    assert not kept[-1]
    assert bytes_in(logs.folder) <= 1_500
    assert not session_of(logs, person_of_name("Eve"), *[CHANGE] * 5)[1][-1]
    assert bytes_in(logs.folder) <= 1_500


def test_a_log_that_takes_the_place_of_another_is_not_counted_twice(tmp_path: Path) -> None:
    logs = StudentLogs(tmp_path / "logs", Limits(total=400))
    for _ in range(5):
        assert all(session_of(logs, ADA, *[CHANGE] * 2)[1])
    assert bytes_in(logs.folder) > 200


def test_after_a_session_has_ended_its_records_are_not_kept(logs: StudentLogs) -> None:
    session, _ = session_of(logs, ADA, CHANGE)
    logs.end(ADA)
    session.dispatch(actions.Step())
    assert actions_of(logs, ADA) == [CHANGE]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on a process' files")
def test_a_disk_that_is_full_ends_the_log_and_not_the_session(logs: StudentLogs) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    session, _ = session_of(logs, ADA, CHANGE)
    kept: list[bool] = []
    session._on_record = lambda record: kept.append(logs.record(ADA, record))
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_in(logs.folder) + 120, before[1]))  # writes stop within a line
    try:
        for _ in range(4):
            session.dispatch(actions.Step())
            session.dispatch(actions.Back())
        logs.begin(BOB, session)
        has_begun = logs.record(BOB, Record(len(session.log.records), "user", CHANGE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert actions_of(logs, ADA) == [CHANGE, *[actions.Step(), actions.Back()] * 4][: 1 + sum(kept)]
    assert kept[0]
    assert not kept[-1]
    assert not has_begun
    assert BOB not in logs
    assert len(list(logs.folder.iterdir())) == 1
    logs.begin(ADA, session)
    session.dispatch(actions.Step())
    assert len(actions_of(logs, ADA) or []) == 10


def gone(logs: StudentLogs) -> None:
    for path in logs.folder.iterdir():
        path.unlink()
    logs.folder.rmdir()


def a_folder_instead(logs: StudentLogs) -> None:
    path = logs.folder / f"{ADA}.jsonl"
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("happens", [gone, a_folder_instead])
def test_whatever_becomes_of_the_folder_the_session_goes_on(
    logs: StudentLogs, happens: Callable[[StudentLogs], None]
) -> None:
    session, kept = session_of(logs, ADA, CHANGE)
    happens(logs)
    session.dispatch(actions.Step())
    session.dispatch(actions.Step())
    assert kept == [True, False, False]
    assert logs.read(ADA) is None
    assert ADA not in logs
    assert session.state.cursor == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.integers(0, 600)))
def test_a_damaged_file_gives_what_is_whole_or_nothing(logs: StudentLogs, damage: bytes | int) -> None:
    for path in logs.folder.iterdir():
        path.unlink()
    session_of(logs, ADA, CHANGE, actions.Step())
    (path,) = logs.folder.iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:damage] if isinstance(damage, int) else data + damage)
    found = actions_of(logs, ADA)
    assert found is None or [CHANGE, actions.Step()][: len(found)] == found[:2]
    path.write_bytes(damage if isinstance(damage, bytes) else data[damage:])
    assert actions_of(logs, ADA) is None or damage == 0


def test_a_file_that_has_grown_beyond_its_limit_is_read_up_to_there(tmp_path: Path) -> None:
    logs = StudentLogs(tmp_path / "logs", Limits(a_student=1_000))
    session_of(logs, ADA, CHANGE)
    with (logs.folder / f"{ADA}.jsonl").open("ab") as file:
        file.write(b" " * 5_000 + msgspec.json.encode(Record(1, "user", actions.Step())) + b"\n")
    assert actions_of(logs, ADA) == [CHANGE]

"""The server's key: made once, private, the same for every start, and refused where others could have it."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from tui.classroom.door.host_key import MAX_BYTES, host_key, secret_of

asyncssh = pytest.importorskip("asyncssh")
ROOT = Path(__file__).parents[4]


def refused(path: Path) -> Diagnostic:
    with pytest.raises(Diagnostic) as caught:
        host_key(path)
    return caught.value


def test_a_key_is_made_on_the_first_start_and_is_the_same_on_the_next(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "host_key"
    key = host_key(path)
    assert key.get_algorithm() == "ssh-ed25519"
    assert host_key(path).public_data == key.public_data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["host_key"]


def test_servers_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    path = tmp_path / "host_key"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: host_key(path).public_data, range(8)))
    assert set(keys) == {host_key(path).public_data}
    assert len(list(tmp_path.iterdir())) == 1


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    path = tmp_path / "host_key"
    source = f"from pathlib import Path; from tui.classroom.door.host_key import host_key; print(host_key(Path({str(path)!r})).get_fingerprint())"  # noqa: E501
    started = [
        subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert {process.communicate()[0].strip() for process in started} == {host_key(path).get_fingerprint()}


def test_a_key_that_was_made_in_the_meantime_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "host_key"
    theirs = asyncssh.generate_private_key("ssh-ed25519")
    generate = asyncssh.generate_private_key

    def while_they_were_quicker(*arguments: object, **options: object) -> object:
        path.write_bytes(theirs.export_private_key())
        path.chmod(0o600)
        return generate(*arguments, **options)

    monkeypatch.setattr("asyncssh.generate_private_key", while_they_were_quicker)
    assert host_key(path).public_data == theirs.public_data
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o777])
def test_a_key_that_is_open_to_others_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "host_key"
    host_key(path)
    path.chmod(mode)
    problem = refused(path)
    assert problem.code == "unsafe_key"
    assert f"mode {mode:03o}" in problem.message
    assert f"chmod 600 {path}" in problem.hints[0]
    path.chmod(0o600)
    host_key(path)


def test_a_key_of_another_kind_that_somebody_has_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "host_key"
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp384")
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    assert host_key(path).public_data == key.public_data


def test_a_key_under_a_passphrase_says_how_to_take_it_away(tmp_path: Path) -> None:
    path = tmp_path / "host_key"
    key = asyncssh.generate_private_key("ssh-rsa")
    path.write_bytes(key.export_private_key("pkcs1-pem", passphrase="secret"))
    path.chmod(0o600)
    problem = refused(path)
    assert problem.code == "bad_key"
    assert "assphrase" in problem.message
    assert f"ssh-keygen -p -f {path}" in problem.hints[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.booleans())
def test_garbage_is_no_key_and_is_not_replaced_by_one(tmp_path: Path, garbage: bytes, framed: bool) -> None:
    path = tmp_path / "host_key"
    frame = b"-----BEGIN OPENSSH PRIVATE KEY-----\n%b\n-----END OPENSSH PRIVATE KEY-----\n"
    data = frame % garbage if framed else garbage
    path.write_bytes(data)
    path.chmod(0o600)
    assert refused(path).code == "bad_key"
    assert path.read_bytes() == data


def test_the_public_half_or_too_much_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "host_key"
    key = asyncssh.generate_private_key("ssh-ed25519")
    for data in (key.export_public_key(), b"\n" * MAX_BYTES + key.export_private_key()):
        path.write_bytes(data)
        path.chmod(0o600)
        assert refused(path).code == "bad_key"


@pytest.mark.parametrize(
    ("name", "code"), [("folder", "unreadable"), ("file/key", "unreadable"), ("a\0b", "unreadable")]
)
def test_where_no_key_can_be_that_is_said(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / name).code == code


def test_a_disk_that_takes_no_key_is_said_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", no_link)
    problem = refused(tmp_path / "host_key")
    assert problem.code == "unwritable"
    assert "No space left" in problem.message
    assert list(tmp_path.iterdir()) == []


def test_the_secret_follows_from_the_private_key(tmp_path: Path) -> None:
    key = host_key(tmp_path / "host_key")
    assert secret_of(key) == secret_of(host_key(tmp_path / "host_key"))
    others = [asyncssh.generate_private_key(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")]
    assert len({secret_of(each) for each in [key, *others]}) == 4
    assert len(secret_of(key)) == 32

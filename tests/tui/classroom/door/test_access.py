"""Who gets in: by which key, by which code, at which address."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from tui.classroom.door.access import Policy, Role
from tui.classroom.door.authorized_keys import MAX_BYTES, Keys
from tui.classroom.door.codes import ClassCode

CODE = ClassCode("kivo-tepa-rumi-92")


def blob_of(kind: str = "ssh-ed25519", filler: bytes = b"k") -> bytes:
    """A key that nobody has, in the form in which keys cross."""
    return len(kind).to_bytes(4, "big") + kind.encode() + b"\0\0\0 " + filler * 32


def line_of(blob: bytes, options: str = "", comment: str = "ada@laptop") -> str:
    kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode()
    return f"{options}{kind} {base64.b64encode(blob).decode()} {comment}".strip()


ADA, BOB, EVE = blob_of(filler=b"a"), blob_of("ssh-rsa", b"b"), blob_of(filler=b"e")


def keys_of(*blobs: bytes) -> Keys:
    return Keys(frozenset(blobs))


# ---- files of keys --------------------------------------------------------------------------------


def test_a_file_as_openssh_has_it() -> None:
    text = f"\ufeff# the course\r\n\r\n{line_of(ADA)}\r\n  {line_of(BOB, comment='')}\t\n".lstrip("\ufeff")
    assert Keys.parse(text) == keys_of(ADA, BOB)


def test_keys_that_ssh_keygen_made_are_those_that_asyncssh_sees() -> None:
    asyncssh = pytest.importorskip("asyncssh")
    for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ssh-rsa"):
        key = asyncssh.generate_private_key(kind)
        assert key.public_data in Keys.parse(key.export_public_key().decode())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('command="rm -rf /, \\"x\\" ssh-ed25519" ', "command has no meaning here, and is ignored"),
        ("no-pty,no-X11-forwarding ", "no-pty, no-x11-forwarding has no meaning"),
        ('restrict,command="a b",PTY  ', "command, pty, restrict has no meaning"),
    ],
)  # fmt: skip
def test_options_about_what_there_is_not_are_ignored_with_a_warning(options: str, said: str) -> None:
    keys = Keys.parse(line_of(ADA, options), "class.keys")
    assert ADA in keys
    assert len(keys.warnings) == 1
    assert f"class.keys:1: {said}" in keys.warnings[0]


@pytest.mark.parametrize(
    "options",
    ['from="10.0.0.*" ', 'command="x",expiry-time="20200101" ', "cert-authority ", "verify-required ", "whatever ",
     'command="x', ",, ", '"" ', "=x "],
)  # fmt: skip
def test_a_key_whose_restriction_cannot_be_obeyed_lets_nobody_in(options: str) -> None:
    keys = Keys.parse(f"{line_of(ADA, options)}\n{line_of(BOB)}")
    assert keys.blobs == {BOB}
    assert "left out" in keys.warnings[0]


@pytest.mark.parametrize(
    "line",
    ["ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 ====", "ssh-dss " + base64.b64encode(ADA).decode(),
     line_of(ADA).replace("ssh-ed25519", "ssh-rsa", 1), "-----BEGIN OPENSSH PRIVATE KEY-----", "\0\x1b[31m", "é" * 9,
     line_of(blob_of("ssh-ed25519-cert-v01@openssh.com"))],
)  # fmt: skip
def test_what_is_no_key_is_left_out_and_not_repeated(line: str) -> None:
    keys = Keys.parse(f"{line_of(BOB)}\n{line}")
    assert keys.blobs == {BOB}
    assert keys.warnings == ("authorized_keys:2: this is no public key as ssh-keygen writes one; it is left out",)


def test_a_file_without_a_key_says_what_belongs_there(tmp_path: Path) -> None:
    path = tmp_path / "teachers"
    path.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n")
    with pytest.raises(Diagnostic, match="there is no public key in") as caught:
        Keys.read(path)
    assert "id_ed25519.pub" in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path, Path("a\0b")):
        with pytest.raises(Diagnostic, match="cannot be read"):
            Keys.read(path)
    (tmp_path / "large").write_text(line_of(ADA) + "\n" * MAX_BYTES)
    with pytest.raises(Diagnostic, match="larger than"):
        Keys.read(tmp_path / "large")


def test_a_file_that_others_can_write_to_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "teachers"
    path.write_text(line_of(ADA))
    path.chmod(0o664)
    assert f"chmod go-w {path}" in Keys.read(path).warnings[0]
    path.chmod(0o644)
    assert Keys.read(path) == keys_of(ADA)


PIECES = [
    "ssh-ed25519 ",
    "ssh-rsa ",
    line_of(ADA),
    'from="',
    '"',
    "\\",
    ",",
    " ",
    "\n",
    "\t",
    "command=",
    "=",
    "AAAA",
    "#",
]


@given(st.one_of(st.text(st.characters(), max_size=200), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_garbage_lets_nobody_in_but_those_whose_key_it_holds(text: str) -> None:
    try:
        blobs = Keys.parse(text).blobs
    except Diagnostic:
        blobs = {ADA}
    assert blobs == {ADA}


@pytest.mark.parametrize("piece", ['"', 'a="', "\\", '"\\"', "a,", "a ", '""'])
def test_a_long_line_of_quotes_is_read_in_no_time(piece: str) -> None:
    with pytest.raises(Diagnostic):
        Keys.parse(piece * (MAX_BYTES // len(piece) // 4))


# ---- who gets in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "", "example.org"])
def test_an_address_that_others_reach_needs_a_code_or_keys(host: str) -> None:
    with pytest.raises(Diagnostic, match="could come in") as caught:
        Policy(host, teachers=keys_of(ADA))
    assert caught.value.code == "open_door"
    assert not Policy(host, CODE).is_open
    assert not Policy(host, students=keys_of(BOB)).is_open


def test_on_the_machine_itself_students_need_nothing() -> None:
    policy = Policy("127.0.0.1", teachers=keys_of(ADA))
    assert policy.is_open
    assert policy.is_local
    assert policy.role_of_key(EVE) is Role.STUDENT
    assert policy.role_of_key(ADA) is Role.TEACHER


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_code_that_is_given_is_asked_for(host: str) -> None:
    policy = Policy(host, CODE, teachers=keys_of(ADA))
    assert not policy.is_open
    assert policy.accepts_code("kivo tepa rumi 92")
    assert not policy.accepts_code("kivo tepa rumi 93")
    assert policy.role_of_key(EVE) is None


def test_keys_and_a_code_are_two_ways_in_and_only_a_teachers_key_makes_a_teacher() -> None:
    policy = Policy("0.0.0.0", CODE, students=keys_of(ADA, BOB), teachers=keys_of(ADA))
    assert policy.role_of_key(BOB) is Role.STUDENT
    assert policy.role_of_key(ADA) is Role.TEACHER
    assert policy.accepts_code(str(CODE))


def test_without_a_code_none_is_right() -> None:
    policy = Policy("0.0.0.0", students=keys_of(BOB))
    assert not any(map(policy.accepts_code, ["", "None", "kivo-tepa-rumi-92"]))

"""The key by which a server is known again: made on its first start, and the same ever after."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic

if TYPE_CHECKING:
    from asyncssh import SSHKey

MAX_BYTES = 64_000


def host_key(path: Path) -> SSHKey:
    """The private key in a file; where there is no file, a new ed25519 key, which is kept there for its owner alone.

    However many servers start at once, they get the same one. Raises a Diagnostic: `unsafe_key` where others can read
    the file, `bad_key` where it holds no private key that can be used, `unreadable`, `unwritable`.
    """
    found = _read(path)
    if found is None:
        _make(path)
        found = _read(path)
    if found is None:
        raise Diagnostic("unreadable", f"the server's key {path} is gone as soon as it is made")
    return _key(found, path)


def secret_of(key: SSHKey) -> bytes:
    """What only the holders of a server's key know, 32 bytes, which tell nothing of the key."""
    return hashlib.sha256(b"chainstep: words for coming back\0" + key.private_data).digest()


def _read(path: Path) -> bytes | None:
    """What is in the file; None where there is no file."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            data = file.read(MAX_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unreadable", f"the server's key {path} cannot be read: {reason}") from None
    if os.name == "posix" and mode & 0o077:
        raise Diagnostic(
            "unsafe_key", f"the server's key {path} is open to others (mode {mode:03o}), who could pose as the server",
            hints=(f"if nobody has read it: chmod 600 {path}",
                   "else remove the file, and a new key is made; students are then told that the server has changed"),
        )  # fmt: skip
    return data


def _make(path: Path) -> None:
    """Put a new key there, whole and at once; if another process was quicker, leave its key."""
    from asyncssh import generate_private_key

    data = generate_private_key("ssh-ed25519", comment="chainstep").export_private_key()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # which makes it 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(temporary, path)  # unlike a rename, it replaces nothing
        finally:
            Path(temporary).unlink()
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unwritable", f"a key for the server cannot be kept as {path}: {reason}",
                         hints=("name a file in a folder of your own",)) from None  # fmt: skip


def _key(data: bytes, path: Path) -> SSHKey:
    from asyncssh import KeyEncryptionError, KeyImportError, import_private_key

    try:
        return import_private_key(data)
    except (KeyImportError, KeyEncryptionError) as problem:
        raise Diagnostic(
            "bad_key", f"{path} holds no private key that a server can use: {problem}",
            hints=("name another file; where there is none, a key is made",
                   f"a passphrase is taken away by ssh-keygen -p -f {path}"),
        ) from None  # fmt: skip

"""Public keys that are let in: a file as OpenSSH's `authorized_keys`."""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import Diagnostic

MAX_BYTES = 1_000_000
_TYPES = (
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)  # fmt: skip
_LINE = re.compile(rf"(?:(?P<options>(?:[^\s\"]|\"(?:\\.|[^\"\\])*\")+)[ \t]+)??(?P<type>{'|'.join(_TYPES)})[ \t]+"
                   r"(?P<blob>[A-Za-z0-9+/]+={0,2})(?:\s|\Z)")  # fmt: skip
_OPTION = re.compile(r"([A-Za-z0-9-]+)(?:=(?:\"(?:\\.|[^\"\\])*\"|[^,\"]*))?(?:,|\Z)")
_SWITCHES = ("agent-forwarding", "port-forwarding", "pty", "user-rc", "x11-forwarding")
_WITHOUT_MEANING = {
    "command", "environment", "permitopen", "permitlisten", "tunnel", "restrict", "no-touch-required",
    *_SWITCHES, *(f"no-{switch}" for switch in _SWITCHES),
}  # fmt: skip
"""Options about what a class has not: commands, forwarding, a shell. All others say who may use the key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys of a file, as the bytes that cross in the protocol."""

    blobs: frozenset[bytes] = frozenset()
    warnings: tuple[str, ...] = ()
    """Lines that are left out, and options that are ignored; nothing that stands in the file is repeated in them."""

    def __contains__(self, blob: bytes) -> bool:
        return blob in self.blobs

    @classmethod
    def read(cls, path: Path) -> Keys:
        """The keys in a file. Raises a Diagnostic `unreadable`, or `no_keys`."""
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
                mode = os.fstat(file.fileno()).st_mode
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise Diagnostic("unreadable", f"{path} cannot be read: {reason}") from None
        if len(data) > MAX_BYTES:
            raise Diagnostic("unreadable", f"{path} is larger than {MAX_BYTES:,} bytes")
        keys = cls.parse(data.decode("utf-8-sig", "replace"), str(path))
        if os.name == "posix" and mode & 0o022:
            return cls(keys.blobs, (f"{path}: others can write to it, and so let themselves in: chmod go-w {path}",
                                    *keys.warnings))  # fmt: skip
        return keys

    @classmethod
    def parse(cls, text: str, name: str = "authorized_keys") -> Keys:
        """The keys in a text. Raises a Diagnostic `no_keys` where there is none.

        A key with an option that says by whom or until when it may be used (`from`, `expiry-time`, `cert-authority`, …)
        is left out: to ignore the option would let in more people than the file does.
        """
        blobs: set[bytes] = set()
        warnings: list[str] = []
        for number, line in enumerate(text.split("\n"), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            match = _LINE.match(line)
            blob = match and _blob(match["blob"], match["type"])
            options = _options(match["options"]) if match else set()
            if not blob or options is None:
                warnings.append(f"{name}:{number}: this is no public key as ssh-keygen writes one; it is left out")
            elif strict := sorted(options - _WITHOUT_MEANING):
                warnings.append(f"{name}:{number}: the key is left out, since {', '.join(strict)} cannot be obeyed")
            else:
                blobs.add(blob)
                if options:
                    warnings.append(
                        f"{name}:{number}: {', '.join(sorted(options))} has no meaning here, and is ignored"
                    )
        if not blobs:
            raise Diagnostic("no_keys", f"there is no public key in {name}", notes=tuple(warnings[:3]),
                             hints=("put in a line of a file such as ~/.ssh/id_ed25519.pub",))  # fmt: skip
        return cls(frozenset(blobs), tuple(warnings))


def _blob(encoded: str, kind: str) -> bytes | None:
    """The key's bytes, if they are of that type."""
    try:
        blob = base64.b64decode(encoded)
    except binascii.Error:
        return None
    head = len(kind).to_bytes(4, "big") + kind.encode()
    return blob if blob.startswith(head) and len(blob) >= len(head) + 32 else None


def _options(text: str | None) -> set[str] | None:
    """The names of options, in lower case; None where they cannot be read."""
    names: set[str] = set()
    position = 0
    while text and position < len(text):
        match = _OPTION.match(text, position)
        if match is None:
            return None
        names.add(match[1].lower())
        position = match.end()
    return names

"""How people come into a class, for the teacher to read out."""

from __future__ import annotations

import socket
from argparse import Namespace
from dataclasses import dataclass

from tui.classroom.door.access import Policy


@dataclass(frozen=True, slots=True)
class Invitation:
    """To a class that is served as the command's options say."""

    title: str
    options: Namespace
    policy: Policy

    @property
    def where(self) -> tuple[str, str]:
        """The port as ssh is told it, and the host."""
        host, port = self.options.host, self.options.port
        if host in ("0.0.0.0", "::", ""):  # noqa: S104 only compared with
            host = socket.gethostname()
        return "" if port == 22 else f"-p {port} ", host

    @property
    def way_in(self) -> str:
        """For students, in half a line."""
        at, host = self.where
        return f"ssh {at}NAME@{host}" + (f" · code {self.policy.code}" if self.policy.code is not None else "")

    @property
    def text(self) -> str:
        """All of it, in lines."""
        at, host = self.where
        lines = [f"chainstep serves “{self.title}”.", f"Students:  ssh {at}NAME@{host}"]
        if self.policy.code is not None:
            lines.append(f"Class code:  {self.policy.code}")
        elif self.options.students:
            lines.append("They come in by their public keys.")
        else:
            lines.append("Only this machine is served, and it asks for no code.")
        if self.options.teachers:
            lines.append(f"Teacher:  ssh {at}teacher@{host}, with a key of {self.options.teachers}")
        return "\n".join(lines)

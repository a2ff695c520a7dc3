"""Somebody in a class without a screen."""

from __future__ import annotations

from tests.tui.classroom.served import Class, Kept, until
from tui.classroom.seats.lines import LinesSeat
from tui.classroom.ssh.terminal import Terminal


class Typist:
    """Types lines, and keeps what comes until it is seen."""

    def __init__(
        self,
        here: Class,
        who: str,
        *,
        teaches: bool = False,
        kind: str = "dumb",
        width: int = 80,
        has_pty: bool = False,
    ) -> None:
        self.channel = Kept()
        self.here = here
        terminal = Terminal(self.channel, kind, (width, 24), has_pty=has_pty)
        self.seat = LinesSeat(here.classroom, terminal, who, teaches=teaches)
        here.classroom.join(self.seat, who)

    @property
    def text(self) -> str:
        return self.channel.data.decode()

    async def sees(self, text: str) -> str:
        """It is said, after what was said before; answers what is said up to the prompt below it."""
        await until(lambda: text in self.text and self.text.rpartition("\n")[2].startswith("> "))
        said = self.text.replace("\r\n", "\n")
        self.channel.data.clear()
        return said

    async def hears_last(self, text: str) -> None:
        """It is said, and the connection ends."""
        await until(lambda: text in self.text and self.channel.is_closed)

    async def types(self, line: str, answer: str) -> str:
        self.channel.data.clear()
        self.seat.received(f"{line}\n".encode())
        return await self.sees(answer)


async def a_teacher_on_lines(here: Class, who: str = "tea") -> Typist:
    """Takes the place of the teacher who has a screen."""
    tea = Typist(here, who, teaches=True)
    here.classroom.leave(here.seats.pop("teacher"))
    await until(lambda: here.room.leader == who)
    await tea.sees("The class sees what you do.")
    return tea

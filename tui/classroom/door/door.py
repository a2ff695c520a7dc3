"""How many may stand at the door, how often they may try, and how long they wait after a wrong try.

Everything takes constant time, and remembers a bounded number of addresses. What is counted as one address is a
`network_of`: whoever has an IPv6 network of 64 bits has one place in the queue, not 2 ** 64.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from engine.diagnostics import Diagnostic
from tui.addresses import network_of


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of each there is. A class in one room often has one address, and comes in at the same minute."""

    connections: int = 600
    """Of all; this also bounds how many addresses there are at a time."""
    connections_an_address: int = 200
    waiting: int = 400
    """Connections that have not got in yet, of all."""
    waiting_an_address: int = 40
    tries: int = 3
    """On one connection."""
    first_delay: float = 1.0
    """Seconds after the first wrong try from an address; each further one doubles them."""
    longest_delay: float = 8.0
    forgotten_after: float = 300.0
    """Seconds without a wrong try, after which an address begins anew."""
    remembered: int = 4096
    """Addresses with wrong tries; beyond, the one whose last wrong try is the longest ago is forgotten."""


class Crowd:
    """Connections, counted by network."""

    def __init__(self) -> None:
        self.total = 0
        self.by_network: dict[str, int] = {}
        """There is no entry where there are none."""

    def add(self, network: str) -> None:
        self.total += 1
        self.by_network[network] = self.of(network) + 1

    def remove(self, network: str) -> None:
        self.total -= 1
        self.by_network[network] -= 1
        if not self.by_network[network]:
            del self.by_network[network]

    def of(self, network: str) -> int:
        return self.by_network.get(network, 0)


class Door:
    """The door of one server."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self.clock = clock
        self.everybody = Crowd()
        self.waiting = Crowd()
        """Those of everybody who have not got in."""
        self.wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """Wrong tries by network, and when the last one was; the latest at the end."""

    def admit(self, address: str) -> Visit:
        """Let a connection come to the door; the answer counts it until its `left()`.

        Raises a Diagnostic `too_many`; the connection is then to be closed, and is not counted.
        """
        network, limits = network_of(address), self.limits
        if self.everybody.total >= limits.connections:
            reason = "the server is full"
        elif self.everybody.of(network) >= limits.connections_an_address:
            reason = "there are too many connections from your address"
        elif self.waiting.total >= limits.waiting or self.waiting.of(network) >= limits.waiting_an_address:
            reason = "too many are logging in at this moment"
        else:
            return Visit(self, network)
        raise Diagnostic("too_many", reason, hints=("try again in a minute",))


class Visit:
    """One connection, from its first byte until it is closed."""

    def __init__(self, door: Door, network: str) -> None:
        self.door = door
        self.network = network
        self.tries = 0
        """Wrong ones, on this connection."""
        self._is_waiting = self._is_here = True
        door.everybody.add(network)
        door.waiting.add(network)

    @property
    def may_try(self) -> bool:
        """Whether a code, or a word for coming back, is looked at once more on this connection."""
        return self.tries < self.door.limits.tries

    @property
    def delay(self) -> float:
        """Seconds to wait before the next try is answered, be it right or wrong: silence must not tell which.

        It holds for everybody at the address, also on other connections.
        """
        count, at = self._wrong()
        limits = self.door.limits
        wait = min(limits.longest_delay, limits.first_delay * 2.0 ** (min(count, 60) - 1)) if count else 0.0
        return max(0.0, at + wait - self.door.clock())

    def tried(self, *, right: bool) -> bool:
        """A try has been answered; whether another may follow. A right one makes no wrong one undone."""
        if not right:
            self.tries += 1
            wrong = self.door.wrong
            wrong[self.network] = self._wrong()[0] + 1, self.door.clock()
            wrong.move_to_end(self.network)
            if len(wrong) > self.door.limits.remembered:
                wrong.popitem(last=False)
        return self.may_try

    def entered(self) -> None:
        """The person is in, and no longer waits. Again, or after `left`, it does nothing."""
        if self._is_waiting:
            self._is_waiting = False
            self.door.waiting.remove(self.network)

    def left(self) -> None:
        """The connection is closed. Again it does nothing."""
        self.entered()
        if self._is_here:
            self._is_here = False
            self.door.everybody.remove(self.network)

    def _wrong(self) -> tuple[int, float]:
        """Wrong tries from this address that are not forgotten, and when the last one was."""
        count, at = self.door.wrong.get(self.network, (0, 0.0))
        return (count, at) if self.door.clock() - at < self.door.limits.forgotten_after else (0, 0.0)

"""The door: caps by address and in all, three tries, delays that double, and a memory that is bounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from tui.addresses import is_local, network_of
from tui.classroom.door.door import Door, Limits, Visit

LIMITS = Limits(connections=7, connections_an_address=4, waiting=5, waiting_an_address=3, remembered=3)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def come_in(door: Door, address: str, count: int = 1) -> list[Visit]:
    visits = []
    for _ in range(count):
        visits.append(door.admit(address))
        visits[-1].entered()
    return visits


def refusal(door: Door, address: str) -> str:
    with pytest.raises(Diagnostic) as caught:
        door.admit(address)
    assert caught.value.code == "too_many"
    return caught.value.message


def test_an_address_has_so_many_connections_and_no_more() -> None:
    door = Door(LIMITS)
    visits = come_in(door, "10.0.0.1", 4)
    assert "from your address" in refusal(door, "10.0.0.1")
    come_in(door, "10.0.0.2")
    visits[0].left()
    come_in(door, "10.0.0.1")


def test_the_server_has_so_many_connections_and_no_more() -> None:
    door = Door(LIMITS)
    for number in range(7):
        come_in(door, f"10.0.0.{number}")
    assert "full" in refusal(door, "10.0.0.99")


def test_those_who_have_not_got_in_are_counted_apart() -> None:
    door = Door(LIMITS)
    waiting = [door.admit("10.0.0.1") for _ in range(3)]
    assert "logging in" in refusal(door, "10.0.0.1")
    others = [door.admit("10.0.0.2") for _ in range(2)]
    assert "logging in" in refusal(door, "10.0.0.3")
    waiting[0].entered()
    others[0].left()
    come_in(door, "10.0.0.3")
    door.admit("10.0.0.1")


def test_the_machine_itself_is_counted_as_any_other() -> None:
    door = Door(LIMITS)
    come_in(door, "127.0.0.1", 4)
    assert "from your address" in refusal(door, "127.0.0.1")


def test_the_usual_limits_let_a_class_in_from_one_address_at_once() -> None:
    door = Door()
    at_once = [door.admit("127.0.0.1") for _ in range(30)]
    for visit in at_once:
        visit.entered()
    come_in(door, "127.0.0.1", 100)


def test_three_wrong_tries_are_all_that_a_connection_has() -> None:
    visit = Door().admit("10.0.0.1")
    assert [visit.may_try, visit.tried(right=False), visit.tried(right=False), visit.tried(right=False)] == [
        True, True, True, False,
    ]  # fmt: skip
    assert not visit.may_try


def test_each_wrong_try_from_an_address_doubles_the_delay_up_to_a_cap() -> None:
    clock = Clock()
    door = Door(clock=clock)
    delays = []
    for _ in range(6):
        visit = door.admit("10.0.0.1")
        clock.now += visit.delay
        visit.tried(right=False)
        visit.left()
        delays.append(door.admit("10.0.0.1").delay)
    assert delays == [1, 2, 4, 8, 8, 8]
    assert door.admit("10.0.0.2").delay == 0
    clock.now += 3
    assert door.admit("10.0.0.1").delay == 5


def test_a_right_try_takes_back_no_wrong_one() -> None:
    clock = Clock()
    door = Door(clock=clock)
    visit = door.admit("10.0.0.1")
    visit.tried(right=False)
    visit.tried(right=True)
    visit.tried(right=False)
    assert visit.delay == 2
    assert visit.may_try


def test_wrong_tries_are_forgotten_after_a_while() -> None:
    clock = Clock()
    door = Door(clock=clock)
    visit = door.admit("10.0.0.1")
    for _ in range(4):
        visit.tried(right=False)
    clock.now += door.limits.forgotten_after
    assert visit.delay == 0
    visit.tried(right=False)
    assert visit.delay == 1


def test_a_thousand_million_wrong_tries_overflow_nothing() -> None:
    door = Door(clock=Clock())
    door.wrong["10.0.0.1"] = 10**9, 1_000.0
    assert door.admit("10.0.0.1").delay == 8


def test_the_addresses_with_wrong_tries_are_bounded_and_the_oldest_goes() -> None:
    door = Door(replace(LIMITS, connections=100), Clock())
    for number in [1, 2, 3, 1, 4]:
        visit = door.admit(f"10.0.0.{number}")
        visit.tried(right=False)
        visit.left()
    assert list(door.wrong) == ["10.0.0.3", "10.0.0.1", "10.0.0.4"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_what_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("", False), ("192.0.2.7", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_which_addresses_are_of_the_machine_itself(host: str, local: bool) -> None:
    assert is_local(host) is local


MOVES = st.lists(st.tuples(st.sampled_from(["come", "enter", "leave", "wrong", "right", "wait"]), st.integers(0, 11)))


@given(MOVES)
def test_whatever_happens_the_counts_are_those_of_the_connections_that_are_open(moves: list[tuple[str, int]]) -> None:
    clock = Clock()
    door = Door(LIMITS, clock)
    visits: list[Visit] = []
    inside: set[Visit] = set()
    gone: set[Visit] = set()
    for move, number in moves:
        clock.now += 50 * (move == "wait")
        if move == "come":
            try:
                visits.append(door.admit(f"10.0.0.{number % 5}"))
            except Diagnostic:
                continue
        elif visits:
            visit = visits[number % len(visits)]
            if move == "enter":
                visit.entered()
                inside.add(visit)
            elif move == "leave":
                visit.left()
                gone.add(visit)
            else:
                visit.tried(right=move == "right")
        here = [visit for visit in visits if visit not in gone]
        assert door.everybody.by_network == Counter(visit.network for visit in here)
        assert door.everybody.total == len(here) <= LIMITS.connections
        assert door.waiting.by_network == Counter(visit.network for visit in here if visit not in inside)
        assert door.waiting.total == sum(door.waiting.by_network.values()) <= LIMITS.waiting
        assert len(door.wrong) <= LIMITS.remembered
        assert all(0 <= visit.delay <= 8 for visit in here)

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from engine.scenario import load
from engine.session import Session
from tui.classroom.apps import memory
from tui.classroom.apps.memory import Collector
from tui.classroom.apps.served import ServedApp
from tui.classroom.ssh.terminal import Terminal


class Nowhere:
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


@pytest.fixture
def collector(monkeypatch):
    """One whose times are over at once."""
    thresholds = gc.get_threshold()
    monkeypatch.setattr(memory, "SETTLED", 0.02)
    monkeypatch.setattr(memory, "PAUSE", 0.1)
    made = Collector()
    monkeypatch.setattr("tui.classroom.apps.drawn.COLLECTOR", made)
    yield made
    made.stop()
    gc.set_threshold(*thresholds)
    gc.unfreeze()


class Ring:
    """What only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


async def test_what_has_settled_is_frozen(collector):
    gc.unfreeze()
    collector.began()
    await asyncio.sleep(0.2)
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == memory.THRESHOLDS


async def test_after_an_end_what_was_frozen_is_looked_at_again_in_a_pause(collector):
    ring = Ring()
    found = weakref.ref(ring)
    collector.began()
    await asyncio.sleep(0.2)
    del ring
    gc.collect()
    assert found() is not None, "nothing is frozen: the test cannot fail"
    collector.ended(Ring())
    await asyncio.sleep(0.3)
    assert found() is None
    assert gc.get_freeze_count() > 10_000


async def test_an_app_that_is_held_a_while_longer_is_looked_for_again(collector):
    app = Ring()
    found = weakref.ref(app)
    collector.began()
    collector.ended(app)
    await asyncio.sleep(0.06)
    del app
    assert found() is not None
    await asyncio.sleep(0.4)
    assert found() is None


async def test_while_keys_come_it_waits_until_many_have_ended(collector, monkeypatch):
    monkeypatch.setattr(memory, "PAUSE", 60)
    ring = Ring()
    found = weakref.ref(ring)
    collector.began()
    await asyncio.sleep(0.2)
    del ring
    collector.pressed()
    gone = [Ring() for _ in range(memory.MANY)]
    for app in gone[1:]:
        collector.ended(app)
    await asyncio.sleep(0.2)
    assert found() is not None
    collector.ended(gone[0])
    await asyncio.sleep(0.2)
    assert found() is None


async def test_what_keys_leave_is_frozen_and_looked_at_in_a_pause_now_and_then(collector, monkeypatch):
    monkeypatch.setattr(memory, "LOOK_SECONDS", 0.5)
    ring = Ring()
    found = weakref.ref(ring)
    collector.pressed()
    await asyncio.sleep(0.06)
    del ring
    gc.collect()
    assert found() is not None, "nothing is frozen: the test cannot fail"
    for _ in range(20):
        collector.pressed()
        await asyncio.sleep(0.03)
    assert found() is not None  # it is time, and there is no pause
    await asyncio.sleep(0.3)
    assert found() is None


async def test_it_is_time_even_where_somebody_always_comes(collector):
    ring = Ring()
    found = weakref.ref(ring)
    collector.began()
    await asyncio.sleep(0.2)
    del ring
    gone = [Ring() for _ in range(memory.MANY)]
    for app in gone:
        collector.ended(app)
    for _ in range(20):
        collector.began()
        await asyncio.sleep(0.01)
    assert found() is None


async def test_nothing_holds_an_app_that_has_ended(collector):
    scenario = load("question")
    session = Session(scenario.opening, scenario.title)
    app = ServedApp(scenario, Terminal(Nowhere(), size=(120, 36)), lambda frame: None)
    app.adopt(scenario, session)
    task = asyncio.create_task(app.run_async(size=(120, 35)))
    await asyncio.sleep(1)
    assert app.full_frame()
    app.exit()
    await task
    ended, screens = weakref.ref(app), weakref.ref(app.painting)
    del app, task
    await asyncio.sleep(0.3)
    gc.unfreeze()
    gc.collect()
    assert ended() is None
    assert screens() is None

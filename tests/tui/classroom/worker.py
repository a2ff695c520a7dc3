"""One of two processes that serve a class: it sends its messages while the other sends its own, and says what it has.

    python -m tests.tui.classroom.worker URL NAME-OF-THE-CLASS ana|bo

Both have a teacher who comes in and leads, and a student; both wait for the other's last word.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys

from engine.session import actions
from tests.tui.classroom.classes import QUESTION, answered, contents
from tui.classroom.redis_bus import RedisBus
from tui.classroom.room import Room
from tui.classroom.room import messages as m

ROUNDS = 40
LAST = "that is all"


async def serve(url: str, name: str, student: str) -> dict[str, object]:
    other = {"ana": "bo", "bo": "ana"}[student]
    teacher = f"teacher-of-{student}"
    room, order, finished = Room(QUESTION), hashlib.sha256(), asyncio.Event()
    done = set()

    def deliver(message: m.AnyMessage) -> None:
        order.update(repr(message).encode())
        room.apply(message)
        if isinstance(message, m.Note) and message.text == LAST:
            done.add(message.by)
            if done == {student, other}:
                finished.set()

    bus = RedisBus(url, name, QUESTION)
    await bus.follow(deliver)
    await bus.publish(m.Join(by=teacher, name="Teacher", teaches=True))
    await bus.publish(m.Join(by=student, name="Student"))
    for number in range(ROUNDS):
        await bus.publish(m.Led(by=teacher, action=actions.Step() if number % 3 else actions.Back()))
        await bus.publish(m.Hand(by=student, up=number % 2 == 0))
        await bus.publish(answered(student, f"{number % 5}"))
        await bus.publish(m.Lead(by=teacher, whom=[teacher, student][number % 2]))
    await bus.publish(m.Note(by=student, text=LAST))
    async with asyncio.timeout(30):
        await finished.wait()
    await bus.close()
    return {
        "order": order.hexdigest(),
        "leader": room.leader,
        "teacher": room.teacher,
        "actions": [type(record.action).__name__ for record in room.session.log.records],
        "contents": hashlib.sha256(repr(contents(room)).encode()).hexdigest(),
        "names": sorted(person.name for person in room.people.values()),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(serve(*sys.argv[1:]))))

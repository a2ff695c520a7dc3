"""What somebody is told when the class lets them do something else than before, or somebody else leads it."""

from __future__ import annotations

from typing import NamedTuple

from tui.classroom.room import Room


class Standing(NamedTuple):
    """All of the class that somebody notices by what they may do."""

    leader: str
    has_teacher: bool
    locked: bool
    muted: bool
    hand: bool
    """Whether theirs is up."""

    @classmethod
    def of(cls, room: Room, whom: str) -> Standing:
        me = room.people[whom]
        return cls(room.leader, room.has_teacher, room.locked, me.muted, me.hand is not None)


def told(former: Standing, now: Standing, room: Room, whom: str, takes_back: str) -> str:
    """What to say to them of what another has changed, and how a teacher takes the lead back; or nothing."""
    me = room.people[whom]
    said = [_lead(former, now, room, whom, takes_back)]
    if not me.teaches:
        said += [_teacher(former, now, room), _together(former, now), _heard(former, now)]
    return " · ".join(filter(None, said))


def _lead(former: Standing, now: Standing, room: Room, whom: str, takes_back: str) -> str:
    """The lead has come to them, or gone from them; that a student leads, their own line says."""
    if former.leader == now.leader or whom not in (former.leader, now.leader):
        return ""
    me, leader, before = room.people[whom], room.people[now.leader], room.people.get(former.leader)
    if now.leader == whom:
        return f"{before.name} has gone: you lead again" if me.teaches and before and not before.present else ""
    return f"{leader.name} leads now" + (f": {takes_back} takes the lead back" if me.teaches else ", and you follow")


def _teacher(former: Standing, now: Standing, room: Room) -> str:
    if former.has_teacher == now.has_teacher:
        return ""
    if now.has_teacher:
        return "the teacher is here" if not former.leader else "the teacher is back"
    leader = room.people[now.leader]
    return "the teacher has gone" + ("" if leader.present else ": the class waits for them")


def _together(former: Standing, now: Standing) -> str:
    if former.locked == now.locked:
        return ""
    return "the teacher keeps everybody together" if now.locked else "everybody may leave for a session of their own"


def _heard(former: Standing, now: Standing) -> str:
    if former.muted != now.muted:
        return "the teacher has muted you: your answers still count" if now.muted else "the teacher hears you again"
    return "the teacher has put your hand down" if former.hand and not now.hand else ""

"""What the class's line says."""

from __future__ import annotations

from tui.classroom.room import Person, Room


def status(room: Room, me: Person, *, follows: bool) -> str:
    """Where one is, what the class wants, and the keys for that."""
    parts = []
    if room.looking == me.id:
        parts.append("the teacher sees this screen")
    if room.leader == me.id:
        parts.append("you lead")
    elif follows:
        leader = room.people.get(room.leader)
        parts.append(f"you follow {leader.name}" if leader is not None else "you follow the class")
    else:
        parts.append("a session of your own")
    if me.hand is not None:
        parts.append("hand is up")
    quiz = room.session.state.quiz
    if follows and quiz.is_open and quiz.question is not None and not me.muted:
        said = me.answered
        if said is not None and said.question == quiz.question.prompt:
            parts.append(f"your answer: {said.answer}")
        else:
            parts.append("1-9 or a answers" if quiz.question.choices else "a answers")
    if follows:
        parts.append("locked" if room.locked else "d on your own")
        parts += ["h hand", "w who", "m note", "q leave"]
    else:
        parts += ["F2 follow" if room.leader != me.id else "", "F3 hand", "F4 who", "F5 note"]
    return " · ".join(part for part in parts if part)


def who(room: Room) -> str:
    """Who is here, in a line."""
    present = [person for person in room.people.values() if person.present]
    names = [f"{person.name} (teacher)" if person.teaches else person.name for person in present]
    return f"{len(names)} here: {', '.join(names)}"

"""A class over SSH, by clients: what followers see of the lead, what each does alone, and what the teacher may do."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from engine.session import Log, Session
from engine.session.actions import Answer, Ask, Edit, QuestionKind
from tests.tui.classroom.clients.asynchronous import Client, connected, until
from tests.tui.classroom.clients.lesson import Class, in_class
from tests.tui.classroom.clients.terminal import ESC, F2, F3, F5, on_step
from tui.classroom.keeping import Limits
from tui.classroom.room import messages as m

SHAPE = Ask(prompt="What is the shape of W3ᵀ?", kind=QuestionKind.SHAPE, answer=[3, 2], about="nothing", points=2)
CHOICE = Ask(prompt="Which side?", kind=QuestionKind.CHOICE, choices=["left", "right"], answer=0, about="nothing")
FORMULA = Ask(prompt="What is δ2?", kind=QuestionKind.FORMULA, answer="W3.T @ delta3", about="nothing")


async def seated(stack: AsyncExitStack, lesson: Class, *names: str) -> list[Client]:
    """The teacher, who leads, and students who follow."""
    clients = [await stack.enter_async_context(lesson.teacher())]
    await clients[0].sees("you lead")
    await clients[0].sees(on_step(0))
    for name in names:
        student = await stack.enter_async_context(lesson.student(name))
        await student.sees("you follow teacher")
        await student.sees(on_step(0))
        clients.append(student)
    return clients


async def test_followers_see_each_step_and_late_comers_the_present_one(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, ada = await seated(stack, lesson, "ada")
        teacher.press("n")
        await ada.sees(on_step(1))
        teacher.press("n")
        await ada.sees(on_step(2))
        ada.press("n")  # is no key of a follower's
        bob = await stack.enter_async_context(lesson.student("bob", size=(140, 42)))
        await bob.sees(on_step(2))
        teacher.press("n")
        for student in (ada, bob):
            await student.sees(on_step(3))
        assert len(lesson.classroom.mirrors._mirrors) == 2  # one for each size
        cleo = await stack.enter_async_context(lesson.student("cleo"))
        await cleo.sees(on_step(3))
        assert len(lesson.classroom.mirrors._mirrors) == 2
        assert cleo.screen.lines[:-1] == ada.screen.lines[:-1]


async def test_who_leaves_for_a_session_of_their_own_leaves_the_class_as_it_is(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, ada, bob = await seated(stack, lesson, "ada", "bob")
        teacher.press("n")
        await ada.sees(on_step(1))
        ada.press("d")
        await ada.sees("a session of your own")
        ada.press("nn")
        await ada.sees(on_step(3))
        assert lesson.person("ada").mode is m.Mode.ALONE
        await until(lambda: lesson.person("ada").step == 3)
        teacher.press("n")
        await bob.sees(on_step(2))
        assert on_step(3)(ada.screen.text)
        ada.press(F2)
        await ada.sees("you follow teacher")
        await ada.sees(on_step(2))
        assert lesson.person("ada").mode is m.Mode.FOLLOWING
        log = lesson.classroom.logs.read(lesson.person("ada").id)
        assert Session.replayed(lesson.classroom.scenario.opening, log or Log()).state.cursor == 3


async def test_the_teacher_calls_everybody_back_and_keeps_them(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        _, ada, bob = await seated(stack, lesson, "ada", "bob")
        ada.press("dn")
        await ada.sees(on_step(1))
        lesson.tell(m.Call(by=lesson.room.teacher))
        await ada.sees("the teacher has called everybody back")
        await ada.sees(on_step(0))
        lesson.tell(m.Lock(by=lesson.room.teacher, locked=True))
        await bob.sees("all together")
        bob.press("d")
        await bob.sees("the teacher keeps everybody together just now")
        assert lesson.person("bob").mode is m.Mode.FOLLOWING
        lesson.tell(m.Lock(by=lesson.room.teacher, locked=False))
        await until(lambda: not lesson.room.locked)
        bob.press("d")
        await bob.sees("a session of your own")


async def test_who_is_removed_is_sent_out_and_does_not_come_back(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        _, ada, bob = await seated(stack, lesson, "ada", "bob")
        lesson.tell(m.Remove(by=lesson.room.teacher, whom=lesson.person("ada").id))
        assert "The teacher has sent you out" in await ada.ends()
        assert ada.screen.is_given_back
        for _ in range(3):  # each time it is said
            again = await stack.enter_async_context(lesson.student("ada"))
            assert "the teacher has sent you out" in await again.ends()
        bob.press("w")
        await bob.sees("2 here")


async def test_the_lead_is_handed_over_and_taken_back(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, ada, bob = await seated(stack, lesson, "ada", "bob")
        teacher.press("n")
        await ada.sees(on_step(1))
        lesson.tell(m.Lead(by=lesson.room.teacher, whom=lesson.person("ada").id))
        await ada.sees("you lead")
        await bob.sees("you follow ada")
        ada.press("n")
        for client in (teacher, bob):
            await client.sees(on_step(2))
        teacher.press("n")
        await teacher.sees("somebody else leads")
        assert lesson.room.session.state.cursor == 2
        lesson.tell(m.Lead(by=lesson.room.teacher, whom=lesson.room.teacher))
        await ada.sees("you follow teacher")
        await teacher.sees("you lead")
        teacher.press("n")
        for client in (teacher, ada, bob):
            await client.sees(on_step(3))


async def test_the_lead_of_who_goes_comes_back_to_the_teacher(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, ada, bob = await seated(stack, lesson, "ada", "bob")
        lesson.tell(m.Lead(by=lesson.room.teacher, whom=lesson.person("ada").id))
        await ada.sees("you lead")
        ada.press("nn")
        await bob.sees(on_step(2))
        ada.connection.abort()
        await bob.sees("you follow teacher")
        await teacher.sees("you lead")
        teacher.press("b")
        await bob.sees(on_step(1))


async def test_hands_go_up_and_down_and_notes_reach_the_others(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        _, ada, bob = await seated(stack, lesson, "ada", "bob")
        bob.press("h")
        await bob.sees("hand is up")
        ada.press("d")
        await ada.sees("a session of your own")
        ada.press(F3)
        await ada.sees("hand is up")
        assert [person.name for person in lesson.room.roster()] == ["bob", "ada", "teacher"]
        bob.press("h")
        await until(lambda: lesson.person("bob").hand is None)
        ada.press(F5)
        await ada.sees("to the teacher:")
        ada.press("why d?\x7f\x7f W3?\r")
        await until(lambda: lesson.room.notes)
        assert lesson.room.notes[0].text == "why W3?"  # what is between spaces is dropped, and so is one of them
        ada.press(F5 + "nothing")
        await ada.sees("to the teacher: nothing")
        ada.press(ESC)
        await ada.sees(lambda text: "to the teacher" not in text)
        assert len(lesson.room.notes) == 1
        lesson.tell(m.Note(by=lesson.room.teacher, text="look at the left side"))
        for student in (ada, bob):
            await student.sees("teacher: look at the left side")


async def test_questions_are_answered_while_following(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        _, ada, bob = await seated(stack, lesson, "ada", "bob")
        bob.press("a")
        await bob.sees("no question waits")
        lesson.tell(m.Led(by=lesson.room.teacher, action=CHOICE))
        for student in (ada, bob):
            await student.sees("Which side?")
        ada.press("2")
        await ada.sees("✗ No")
        bob.press("1")
        await bob.sees("✓")
        bob.press("9")  # there is no ninth
        shares = {share.answer: (share.count, share.is_right) for share in lesson.room.distribution(CHOICE.prompt)}
        assert shares == {"left": (1, True), "right": (1, False)}
        for question, answer in ((SHAPE, "3x2"), (FORMULA, "W3ᵀ δ3")):
            lesson.tell(m.Led(by=lesson.room.teacher, action=Answer(give_up=True)))
            lesson.tell(m.Led(by=lesson.room.teacher, action=question))
            await ada.sees(question.prompt)
            ada.press("a")
            await ada.sees("your answer: _")
            ada.press(answer + "\r")
            await ada.sees("✓")
            assert lesson.room.questions[question.prompt][lesson.person("ada").id].first.verdict == "right"
        assert lesson.room.session.state.quiz.is_open  # nobody's answer is the class's


async def test_a_student_alone_answers_to_the_class(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        (ada,) = (await seated(stack, lesson, "ada"))[1:]
        ada.press("d")
        await ada.sees("a session of your own")
        while "1" not in ada.screen.status and "0.000045" not in ada.screen.text:
            before = len(ada.screen.raw)
            ada.press(" ")
            await until(lambda before=before: len(ada.screen.raw) > before)  # type: ignore[misc]
        ada.press("2")
        await until(lambda: lesson.person("ada").answered is not None)
        answered = lesson.person("ada").answered
        assert answered is not None
        assert answered.verdict == "right"


async def test_the_teacher_leaves_and_comes_back(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, ada = await seated(stack, lesson, "ada")
        teacher.press("n")
        await ada.sees(on_step(1))
        teacher.press("q")
        await teacher.ends()
        await until(lambda: not lesson.room.has_teacher)
        assert on_step(1)(ada.screen.text)
        ada.press("d")
        await ada.sees("a session of your own")
        bob = await stack.enter_async_context(lesson.student("bob"))
        await bob.sees("a session of your own")  # there is nobody to follow
        await bob.sees(on_step(1))
        teacher = await stack.enter_async_context(lesson.teacher())
        await teacher.sees("you lead")
        await teacher.sees(on_step(1))
        teacher.press("n")
        ada.press(F2)
        await ada.sees(on_step(2))


async def test_two_teachers_have_places_of_their_own_and_one_lead(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        tia, ada = await seated(stack, lesson, "ada")
        tom = await stack.enter_async_context(lesson.teacher("teacher+tom", key=lesson.other_teacher_key))
        await tom.sees(on_step(0))
        tia.press("n")
        for client in (ada, tom):
            await client.sees(on_step(1))
        tom.press("n")
        await tom.sees("takes the lead back")
        assert lesson.room.session.state.cursor == 1
        lesson.tell(m.Lead(by=lesson.person("tom").id, whom=lesson.person("tom").id))
        await tom.sees("you lead")
        tom.press("n")
        for client in (ada, tia):
            await client.sees(on_step(2))
        tom.connection.abort()
        await tia.sees("you lead")
        tia.press("n")
        await ada.sees(on_step(3))


async def test_who_comes_in_again_takes_the_place_over(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, _ = await seated(stack, lesson, "ada")
        again = await stack.enter_async_context(lesson.teacher())
        assert "from elsewhere" in await teacher.ends()
        await again.sees("you lead")
        assert [person.name for person in lesson.room.roster() if person.present] == ["ada", "teacher"]


async def test_the_end_of_the_class_ends_every_connection(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        clients = await seated(stack, lesson, "ada", "bob")
        clients[2].press("d")
        await clients[2].sees("a session of your own")
        lesson.tell(m.End(by=lesson.room.teacher))
        for client in clients:
            assert "The class is over" in await client.ends()
            assert client.screen.is_given_back
            assert "log >" not in client.screen.text  # nobody has done anything


async def test_after_the_class_who_did_something_is_told_how_to_fetch_it_and_can(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        lesson.classroom.where = f"-p {lesson.port} ", "127.0.0.1"
        _, ada, bob = await seated(stack, lesson, "ada", "bob")
        ada.press("dn")
        await ada.sees(on_step(1))
        lesson.tell(m.End(by=lesson.room.teacher))
        command = f"ssh -p {lesson.port} ada@127.0.0.1 log > mine.jsonl"
        words = (await ada.ends()).replace("\n", "")  # the terminal has broken the lines
        assert "For 15 minutes this fetches it" in words
        assert command in words
        assert "log >" not in await bob.ends()
        late = await stack.enter_async_context(lesson.student("ada"))
        assert command in (await late.ends()).replace("\n", "")
        status, printed, _ = await command_of(lesson, "ada", "log")
        assert (status, len(Log.loads(printed).records)) == (0, 1)


async def command_of(lesson: Class, name: str, command: str) -> tuple[int | None, bytes, bytes]:
    """What a command of somebody's ends with and prints, on standard output and as errors."""
    async with connected(lesson.port, name) as connection:
        done = await connection.run(command, encoding=None)
        assert isinstance(done.stdout, bytes)
        assert isinstance(done.stderr, bytes)
        return done.exit_status, done.stdout, done.stderr


async def test_what_was_done_before_everybody_was_called_back_is_still_there(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, cleo = await seated(stack, lesson, "cleo")
        teacher.press("n")
        await cleo.sees(on_step(1))
        cleo.press("dnn")
        await cleo.sees(on_step(3))
        lesson.tell(m.Call(by=lesson.room.teacher))
        await cleo.sees("the teacher has called everybody back")
        cleo.press("d")
        await cleo.sees("a session of your own")
        cleo.press("q")
        await cleo.ends()
        _, printed, _ = await command_of(lesson, "cleo", "log")
        assert Session.replayed(lesson.classroom.scenario.opening, Log.loads(printed)).state.cursor == 3


async def test_logs_are_listed_and_each_is_fetched_by_its_number(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        _, ada = await seated(stack, lesson, "ada")
        for steps in (1, 2):
            ada.press("d" + "n" * steps)
            await ada.sees(on_step(steps))
            ada.press(F2)
            await ada.sees("you follow teacher")
        _, printed, _ = await command_of(lesson, "ada", "logs")
        rows = printed.decode().splitlines()
        assert [row.split()[0] for row in rows] == ["1", "2"]
        assert "1 action " in rows[0]
        assert "2 actions" in rows[1]
        for number in ("1", "2"):
            _, printed, _ = await command_of(lesson, "ada", f"log {number}")
            assert len(Log.loads(printed).records) == int(number)
        for number in ("3", "0", "-1", "1x"):
            status, printed, why = await command_of(lesson, "ada", f"log {number}")
            assert (status, printed) == (1, b"")
            assert (b"no log 3" if number == "3" else b"runs no commands") in why


async def test_a_log_is_fetched_while_its_owner_goes_on(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        _, ada = await seated(stack, lesson, "ada")
        ada.press("dn")
        await ada.sees(on_step(1))
        status, printed, _ = await command_of(lesson, "ada", "log")
        assert (status, len(Log.loads(printed).records)) == (0, 1)
        ada.press("n")
        await ada.sees(on_step(2))
        assert [person.name for person in lesson.room.people.values()] == ["teacher", "ada"]


async def test_nothing_is_asked_of_who_leaves_since_the_server_keeps_what_they_did(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        lesson.classroom.where = "", "laptop"
        _, ada = await seated(stack, lesson, "ada")
        for by in (lesson.room.teacher, "script"):
            lesson.room.session.dispatch(Edit(name="W2", at=[0, 1], value=0.75), by)
        ada.press("d")
        await ada.sees("a session of your own")
        ada.press("\x13")
        await ada.sees("ssh ada@laptop log > mine.jsonl")
        ada.press("q")
        assert "You have left" in (await ada.ends()).replace("\n", "")
        assert "not saved" not in ada.screen.text


async def test_who_leaves_is_asked_where_the_server_could_not_keep_what_they_did(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        lesson.classroom.logs.limits = Limits(total=10)
        lesson.room.session.dispatch(Edit(name="W2", at=[0, 1], value=0.75))
        _, ada = await seated(stack, lesson, "ada")
        ada.press("d")
        await ada.sees("a session of your own")
        ada.press("n")
        await ada.sees(on_step(1))
        ada.press("q")
        await ada.sees("leave?")


async def test_an_error_in_one_session_is_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, ada, bob = await seated(stack, lesson, "ada", "bob")
        ada.press("d")
        await ada.sees("a session of your own")
        app = lesson.seat("ada").app
        assert app is not None
        monkeypatch.setattr(app, "action_command_palette", lambda: 1 / 0)
        ada.press("\x10")
        await ada.sees("something went wrong in your session")
        await ada.sees("you are back with the class")
        teacher.press("n")
        for student in (ada, bob):
            await student.sees(on_step(1))
        ada.press("dn")
        await ada.sees(on_step(2))
        assert ["ZeroDivisionError" in report for report in lesson.reports] == [True]


async def test_what_is_done_while_a_screen_is_made_is_on_it(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        (teacher,) = await seated(stack, lesson)
        for number, step in enumerate((1, 2, 3)):
            student = await stack.enter_async_context(lesson.student(f"s{number}", size=(100 + 20 * number, 30)))
            await until(
                lambda size=100 + 20 * number: any(kind[0][0] == size for kind in lesson.classroom.mirrors._mirrors)
            )  # type: ignore[misc]
            teacher.press("n")
            await student.sees(on_step(step))
        assert not lesson.reports


async def test_a_mirror_that_breaks_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        teacher, ada, bob = await seated(stack, lesson, "ada", "bob")
        (mirror,) = lesson.classroom.mirrors._mirrors.values()
        monkeypatch.setattr(mirror.app, "led", lambda action: 1 / 0)
        teacher.press("n")
        for student in (ada, bob):
            await student.sees(on_step(1))
        teacher.press("n")
        for student in (ada, bob):
            await student.sees(on_step(2))
        assert ["ZeroDivisionError" in report for report in lesson.reports] == [True]

"""Pictures of the class's session: of few sizes, and nothing of what stood there before beside them."""

from __future__ import annotations

import pyte
import pytest

from tests.tui.classroom.served import a_class, until
from tui.classroom.apps.mirror import picture_size


@pytest.mark.parametrize(
    "terminal, picture",
    [
        ((80, 24), (80, 23)), ((99, 29), (80, 23)), ((100, 30), (100, 29)), ((120, 36), (120, 35)),
        ((132, 40), (120, 35)), ((79, 36), (79, 35)), ((120, 20), (120, 19)), ((211, 58), (200, 53)),
    ],
)  # fmt: skip
def test_a_picture_is_the_largest_of_a_few_sizes_that_fits_above_the_classs_row(terminal, picture):
    assert picture_size(terminal) == picture


def seen(here, who: str) -> list[str]:
    """The rows of somebody's terminal."""
    terminal = here.seats[who].terminal
    screen = pyte.Screen(*terminal.size)
    pyte.ByteStream(screen).feed(bytes(terminal.channel.data))
    return screen.display


async def test_terminals_of_about_one_size_share_a_picture_and_beside_it_is_nothing():
    async with a_class("Ana", size=(132, 40)) as here:
        await here.come("Ben", (127, 37))
        await here.sees("Ana", "step 0/5")
        assert here.seats["Ana"].mirror is here.seats["Ben"].mirror
        await here.press("Ana", "d")
        await here.sees("Ana", "step 0/5")
        await until(lambda: any(row[125:].strip() for row in seen(here, "Ana")[:39]))
        await here.press("Ana", "f2")
        await until(lambda: "you follow" in seen(here, "Ana")[39])
        await here.press("teacher", "n")
        await until(lambda: all("step 1/5" in "".join(seen(here, who)) for who in ("Ana", "Ben")))
        for who, rows in (("Ana", 40), ("Ben", 37)):
            *picture, line = seen(here, who)
            assert len(picture) == rows - 1
            assert not any(row[120:].strip() for row in picture)
            assert not any(row.strip() for row in picture[35:])
            assert "you follow teacher" in line


async def test_what_lay_over_a_picture_leaves_nothing_beside_it():
    async with a_class("Ana", size=(132, 40)) as here:
        await here.sees("Ana", "step 0/5")
        await here.press("Ana", "pagedown")
        assert here.seats["Ana"].reading is not None
        await here.press("Ana", "escape")
        await until(lambda: "you follow" in seen(here, "Ana")[39])
        *picture, _ = seen(here, "Ana")
        assert any("step 0/5" in row for row in picture)
        assert not any(row[120:].strip() for row in picture)
        assert not any(row.strip() for row in picture[35:])


async def test_where_there_are_many_pictures_who_comes_next_shares_the_largest_that_fits():
    sizes = {"Ana": (80, 24), "Ben": (100, 30), "Cy": (140, 36), "Di": (160, 42)}
    async with a_class() as here:
        for who, size in sizes.items():
            await here.come(who, size)
        mirrors = {here.seats[who].mirror for who in sizes}
        assert sorted(mirror.size for mirror in mirrors) == [(80, 23), (100, 29), (140, 35), (160, 41)]
        await here.come("Eve", (139, 50))
        shared = here.seats["Eve"].mirror
        assert shared is here.seats["Ben"].mirror
        await here.press("teacher", "n")
        await until(lambda: "step 1/5" in "".join(seen(here, "Eve")))
        *picture, line = seen(here, "Eve")
        assert not any(row[100:].strip() for row in picture)
        assert not any(row.strip() for row in picture[29:])
        assert "you follow teacher" in line
        await here.come("Flo", (90, 60))
        assert here.seats["Flo"].mirror is here.seats["Ana"].mirror


async def test_a_picture_that_many_share_is_drawn_again_at_its_own_size_when_it_broke():
    async with a_class("Ana", size=(139, 50)) as here:
        for number, size in enumerate([(80, 24), (100, 30), (160, 42)]):
            await here.come(f"s{number}", size)
        await here.come("Eve", (119, 50))
        mirror = here.seats["Eve"].mirror
        assert mirror.size == (100, 29)
        mirror.followers.discard(here.seats["s1"].terminal)
        mirror.app.exit()
        mirrors = here.classroom.mirrors
        await until(lambda: any(each is not mirror and each.size == (100, 29) for each in mirrors._mirrors.values()))
        assert {each.size for each in mirrors._mirrors.values()} == {(80, 23), (120, 47), (100, 29), (160, 41)}


async def test_who_follows_on_a_picture_that_was_begun_again_sees_that_one_when_all_is_drawn_anew():
    async with a_class("Ana", size=(132, 40)) as here:
        await here.sees("Ana", "step 0/5")
        broken = here.seats["Ana"].mirror
        broken.app.exit()
        await until(lambda: here.seats["Ana"].mirror is not broken)
        await here.press("teacher", "n")
        await here.sees("Ana", "step 1/5")
        here.seats["Ana"].terminal.channel.data.clear()
        here.seats["Ana"].redraw()
        assert any("step 1/5" in row for row in seen(here, "Ana"))
        await here.press("Ana", "pagedown")
        assert here.seats["Ana"].reading is not None

"""The config: strict, located, kept without loss, and shown wherever keys are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic, Diagnostics
from engine.scenario import load
from tests.tui.screens import screen_text
from tui.app import app_for
from tui.config import ThemeName, keep, parse_config, read_config
from tui.keymap import COMMANDS
from tui.keys import shown_key
from tui.screens.confirm import ConfirmScreen
from tui.screens.help import HelpScreen
from tui.themes import THEMES

FULL = """\
# mine
theme = "light"   # for the projector
precision = 3
ascii = true
tour_seen = true

[keys]
next = ["j", "down_is_taken"]
"""


def problems(text: str) -> list[Diagnostic]:
    with pytest.raises((Diagnostic, Diagnostics)) as raised:
        parse_config(text)
    return list(raised.value.problems) if isinstance(raised.value, Diagnostics) else [raised.value]


def test_every_key_of_the_file_is_taken_up() -> None:
    text = FULL.replace('["j", "down_is_taken"]', '["f2", "enter", "+"]')
    config = parse_config(text)
    assert (config.theme, config.decimals, config.ascii_only, config.tour_seen) == (ThemeName.LIGHT, 3, True, True)
    assert {command.name: command.keys for command in config.commands}["next"] == "f2,enter,plus"
    assert parse_config('precision = "full"').decimals is None


def test_an_empty_file_is_the_defaults() -> None:
    assert parse_config("").commands == COMMANDS


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ('thme = "dark"', "unknown_key", 1, "did you mean theme?"),
        ('\ntheme = "drak"', "bad_value", 2, "did you mean dark?"),
        ("precision = 16", "bad_value", 1, "0 to 15"),
        ("precision = true", "bad_value", 1, "a whole number or a text"),
        ('ascii = "yes"', "bad_value", 1, "true or false"),
        ('[keys]\nnxt = "n"', "unknown_key", 2, "did you mean next?"),
        ('[keys]\nnext = "ctlr+x"', "bad_value", 2, "did you mean ctrl?"),
        ('[keys]\nnext = "tab"', "bad_value", 2, "matrix to matrix"),
        ("[keys]\nnext = []", "bad_value", 2, "a list of 1 to 6 keys"),
        ("[keys]\nnext = 3", "bad_value", 2, "a list of 1 to 6 keys"),
        ('[keys]\nundo = "u"\nnext = "l"', "key_clash", 3, "already the key of flip"),
        ('[keys]\nnext = "a"\nflip = "n"', "key_clash", 2, "already the key of heat"),
        ("theme = ", "bad_toml", 1, "this is not TOML"),
    ],
)
def test_each_mistake_is_located_and_says_what_would_be_right(text: str, code: str, line: int, said: str) -> None:
    (problem,) = problems(text)
    assert (problem.code, problem.where.line) == (code, line)
    assert said in str(problem)


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems('theme = "x"\n[keys]\nnxt = "n"\nnext = "ctlr+x"\nflip = "e"\n')) == 4


def test_two_commands_may_exchange_their_keys() -> None:
    config = parse_config('[keys]\nnext = "l"\nflip = ["n", "right"]')
    table = {command.name: command.keys for command in config.commands}
    assert (table["next"], table["flip"]) == ("l", "n,right")


@pytest.mark.parametrize("typed", ["/", "slash", "solidus"])
def test_a_key_may_be_given_by_its_character_or_by_a_name_of_it(typed: str) -> None:
    config = parse_config(f'[keys]\nnext = "{typed}"')
    assert next(command.keys for command in config.commands if command.name == "next") == "slash"


def test_keys_are_shown_as_they_are_printed() -> None:
    shown = {"question_mark": "?", "ctrl+s": "^s", "colon": ":", "escape": "esc", "space": "space", "f2": "f2",
             "slash": "/", "minus": "-", "ctrl+underscore": "^_"}  # fmt: skip
    assert {key: shown_key(key) for key in (*shown, "alt+x")} == {**shown, "alt+x": "alt+x"}


async def test_keys_of_ones_own_work_and_stand_in_footer_help_and_palette() -> None:
    config = parse_config('[keys]\nnext = "l"\nflip = "n"\nhelp = "f2"\ncommand_palette = "f3"')
    app = app_for(load("question"), config=config)
    async with app.run_test(size=(132, 40)) as pilot:
        await pilot.press("l", "l")
        assert app.state.cursor == 2
        former = app.state.view.layout
        await pilot.press("n")
        assert app.state.view.layout is former.flipped
        await pilot.press("right", "question_mark")  # which are nobody's keys any more
        assert app.state.cursor == 2
        await pilot.press("b")
        assert " l next " in screen_text(app)
        assert " n layout " in screen_text(app)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert {"next (l)", "layout (n)", "help (f2)"} <= set(titles)
        await pilot.press("f2")
        assert isinstance(app.screen, HelpScreen)
        line = next(line for line in screen_text(app).split("\n") if "Join the next factor" in line)
        assert line.split("│")[2].split()[0] == "l"


async def test_a_broken_config_is_told_once_and_the_defaults_hold(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "drak"\n')
    config = read_config(str(path))
    assert config.commands == COMMANDS
    app = app_for(load("question"), config=config)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        assert "did you mean dark?" in screen_text(app)
        await pilot.press("enter", "n")
        assert app.state.cursor == 1
        await pilot.press("T")
        assert app.theme == THEMES[ThemeName.LIGHT].name
        assert "is left as it is" in app.last_message
    assert path.read_text() == 'theme = "drak"\n'


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * 200_000])
def test_a_file_that_cannot_be_read_is_a_problem_and_no_exception(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    assert read_config(str(path)).problem is not None
    assert read_config(str(tmp_path)).problem is not None


def test_no_file_in_the_platforms_folder_is_no_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CHAINSTEP_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = read_config()
    assert config.problem is None
    keep(config, {"tour_seen": True})
    assert config.path is not None
    assert read_config().tour_seen


def test_the_environment_names_a_file_and_the_command_line_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("light", "contrast"):
        (tmp_path / f"{name}.toml").write_text(f'theme = "{name}"')
    monkeypatch.setenv("CHAINSTEP_CONFIG", str(tmp_path / "light.toml"))
    assert read_config().theme is ThemeName.LIGHT
    assert read_config(str(tmp_path / "contrast.toml")).theme is ThemeName.CONTRAST


async def test_the_theme_that_is_chosen_is_kept_and_all_else_in_the_file_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\ntheme = "dark"  # at home\nprecision = 2\n\n[keys]\nnext = "N"\nnext_layer = "n"\n')
    app = app_for(load("question"), config=read_config(str(path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("T")
    expected = '# mine\ntheme = "light"  # at home\nprecision = 2\n\n[keys]\nnext = "N"\nnext_layer = "n"\n'
    assert path.read_text() == expected
    assert read_config(str(path)).theme is ThemeName.LIGHT


@pytest.mark.parametrize("text", ["", "# only a comment", '[keys]\nundo = "U"\n', "precision = 2", "theme='dark'"])
def test_a_choice_is_put_where_toml_wants_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    before = read_config(str(path))
    keep(before, {"theme": "contrast"})
    after = read_config(str(path))
    assert after.theme is ThemeName.CONTRAST
    assert (after.commands, after.decimals) == (before.commands, before.decimals)


def test_a_file_that_is_written_unusually_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('"theme" = "dark"')
    with pytest.raises(Diagnostic, match="put in by hand"):
        keep(read_config(str(path)), {"theme": "contrast"})
    assert path.read_text() == '"theme" = "dark"'


async def test_p_goes_on_from_decimals_that_are_not_in_its_row() -> None:
    app = app_for(load("question"), config=parse_config("precision = 3"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n", "p")
        assert app.look.decimals == 4

"""Exported lessons: complete, right, escaped, and without anything from elsewhere."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from html.parser import HTMLParser

import pytest

from engine.calculus.typeset import spell_cell
from engine.scenario import load
from engine.scenario.load import loads
from tests.cases.commands import run
from tests.tui.browser import CHROMIUM, browsing
from tests.tui.browser import Page as BrowserPage
from tui.export.html import lesson_html
from tui.export.markdown import lesson_markdown
from tui.export.slides import slides

QUESTION = load("question")
SHOWN = list(slides(QUESTION))
HOSTILE = """
schema = 1
title = "<script>alert(1)</script> $title ${slides} &amp;"
summary = "</section><img src=x onerror=alert(1)>"
[program]
shapes = { x = [3, 1], W = [2, 3] }
forward = ["z = W @ x", "L = sum(z**2)"]
[[script]]
do = "step"
say = "<b>bold</b> *stars* $math$ `code`"
[[script]]
do = "expect"
shape = [7, 7]
"""


class Page(HTMLParser):
    """The tags, their attributes, and the text of each section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.sections: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "section":
            self.sections.append("")

    def handle_data(self, data):
        if self.sections:
            self.sections[-1] += data


def test_there_is_a_slide_for_every_entry_that_says_something_or_changes_something():
    said = [action.say for action in QUESTION.script if action.say]
    assert [slide.say for slide in SHOWN if slide.say] == [" ".join(text.split()) for text in said]
    assert SHOWN[0].action is None
    checks = sum(type(action).__name__ == "Expect" for action in QUESTION.script)
    assert sum(slide.checks for slide in SHOWN) == checks > 10
    assert not any(slide.problems for slide in SHOWN)


def test_the_page_has_every_slides_words_factor_and_numbers():
    page = Page(lesson_html(QUESTION, SHOWN))
    assert len(page.sections) == len(SHOWN)
    for slide, section in zip(SHOWN, page.sections, strict=True):
        assert slide.say in section
        assert slide.where in section
        if slide.step is not None:
            assert spell_cell(float(slide.step.after.value.ravel()[0])) in section
            assert slide.step.why in section


def test_the_page_loads_nothing_and_forbids_it():
    text = lesson_html(QUESTION, SHOWN)
    page = Page(text)
    assert not {"img", "link", "iframe", "object", "embed"} & set(page.tags)
    assert not {"src", "href"} & {name for name, _ in page.attributes}
    assert "default-src 'none'" in text


def test_what_a_stranger_wrote_is_text():
    scenario = loads(HOSTILE)
    shown = list(slides(scenario))
    page = Page(lesson_html(scenario, shown))
    assert page.tags.count("script") == 1
    assert not {"img", "b"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert any("Does not hold" in section for section in page.sections)
    text = lesson_markdown(scenario, shown)
    assert r"\<script\>alert(1)\</script\>" in text
    assert r"\*stars\* \$math\$ \`code\`" in text


def test_markdown_has_every_words_and_as_many_closed_formulas():
    text = lesson_markdown(QUESTION, SHOWN)
    assert text.count("$$\n\\begin{aligned}") == text.count("\\end{aligned}\n$$") > 10
    asked = [slide.question for slide in SHOWN if slide.question is not None]
    assert text.count("**Question.**") == len(asked)
    assert text.count("**") == 2 * sum(bool(slide.say) for slide in SHOWN) + 4 * len(asked)  # and each answer


def test_a_recording_is_asciicast_2_and_ends_on_the_last_words(tmp_path):
    path = tmp_path / "question.cast"
    status, _, errors = run("export", "question", "--cast", str(path), "--size", "100x30")
    assert (status, errors) == (0, "")
    header, *frames = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (header["version"], header["width"], header["height"]) == (2, 100, 30)
    times = [time for time, _, _ in frames]
    assert times == sorted(times)
    assert times[-1] > 60  # there is time to read
    shown = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", frames[-2][2])
    assert all(len(line) <= 100 for line in shown.split("\r\n"))
    assert "choose one layout" in " ".join(shown.split())


def test_there_is_a_picture_for_every_stop(tmp_path):
    status, _, errors = run("export", "question", "--svg", str(tmp_path / "pictures"), "--size", "80x24")
    assert (status, errors) == (0, "")
    pictures = sorted((tmp_path / "pictures").iterdir())
    assert [picture.name for picture in pictures[:2]] == ["001.svg", "002.svg"]
    assert len(pictures) == len(SHOWN)
    assert all(picture.read_text(encoding="utf-8").startswith("<svg") for picture in pictures)


@pytest.mark.parametrize("arguments, says", [
    ((), "say what to export to"),
    (("--html", "/nowhere/page.html"), "cannot be written"),
    (("--svg", "pictures", "--size", "5x5"), "columns x rows"),
    (("--svg", "pictures", "--size", "wide"), "columns x rows"),
])  # fmt: skip
def test_bad_arguments_get_one_message(arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, errors = run("export", "question", *arguments)
    assert (status, out) == (2, "")
    assert says in errors
    assert "Traceback" not in errors


def test_a_lesson_that_does_not_hold_fails(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(HOSTILE, encoding="utf-8")
    status, out, _ = run("export", str(path), "--html", str(tmp_path / "page.html"))
    assert status == 1
    assert "the shape is" in out


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_in_a_browser_one_slide_is_shown_and_the_address_chooses_it(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(lesson_html(QUESTION, SHOWN), encoding="utf-8")
    shown = subprocess.run(
        [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
         "--dump-dom", f"file://{path}#5"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    visible = re.findall(r'<section class="slide" id="slide-(\d+)">', shown)
    assert visible == ["5"]
    assert f"5 of {len(SHOWN)}" in shown


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
async def test_in_a_browser_the_arrow_keys_step_and_a_phone_has_it_all_in_its_width(tmp_path):
    for name in ("question", "attention", "mistakes-products"):
        scenario = load(name)
        (tmp_path / f"{name}.html").write_text(lesson_html(scenario, list(slides(scenario))), encoding="utf-8")
    async with browsing(tmp_path / "profile") as page:
        await page.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        for name in ("question", "attention", "mistakes-products"):
            await _opened(page, f"file://{tmp_path}/{name}.html")
            count = await page.value("document.querySelectorAll('.slide').length")
            for number in range(1, count + 1):
                visible = (
                    "[...document.querySelectorAll('.slide')].filter(slide => !slide.hidden).map(slide => slide.id)"
                )
                assert await page.value(visible) == [f"slide-{number}"]
                assert await page.value("document.documentElement.scrollWidth") <= 390, (name, number)
                await page.press("ArrowRight")
            await page.press("ArrowLeft")
            assert await page.value("location.hash") == f"#{count - 1}"
        assert [asked for asked in page.requested if not asked.startswith(("file:", "data:", "about:"))] == []


async def _opened(page: BrowserPage, url: str) -> None:
    """Go to a page, and wait until it has run."""
    await page.call("Page.navigate", url=url)
    async with asyncio.timeout(30):
        while not await page.value("document.getElementById('place')?.textContent || ''"):
            await asyncio.sleep(0.05)


ASKING = """
schema = 1
title = "Two questions"
[network]
sizes = [2, 3, 4]
activations = ["relu", "sigmoid"]
first_layer = 1
[view]
target = "W2"
[[script]]
do = "step"
count = 2
say = "Two factors."
[[script]]
do = "ask"
prompt = "Which shape has <the next> factor?"
kind = "shape"
answer = [3, 4]
hints = ["Rows follow a2."]
wrong = [{ answer = [4, 3], say = "That is numerator layout." }]
right = "It is W3 transposed."
[[script]]
do = "ask"
prompt = "Why?"
kind = "choice"
answer = 1
choices = ["Dimensions must fit", "Rows follow a2"]
[[script]]
do = "step"
say = "So it is."
"""


def test_a_question_is_put_before_its_answer_is_given():
    scenario = loads(ASKING)
    shown = list(slides(scenario))
    assert [slide.question is not None for slide in shown] == [False, False, True, True, False]
    assert not any(slide.problems for slide in shown)
    text = lesson_html(scenario, shown)
    section = text[text.index('id="slide-3"') : text.index('id="slide-4"')]
    assert "Which shape has &lt;the next&gt; factor?" in section
    chain = section[section.index('class="chain"') :]
    assert ">?<" in chain
    assert "3×4" not in chain
    assert section.index("<summary>the answer</summary>") < section.index("3×4")
    assert "<details><summary>a hint</summary><p>Rows follow a2.</p></details>" in section


def test_a_worksheet_has_the_questions_and_the_key_has_the_answers(tmp_path):
    path = tmp_path / "asking.toml"
    path.write_text(ASKING, encoding="utf-8")
    sheet, key = tmp_path / "sheet.md", tmp_path / "key.md"
    assert run("export", str(path), "--worksheet", str(sheet), "--key", str(key))[0] == 0
    asked, answers = sheet.read_text(encoding="utf-8"), key.read_text(encoding="utf-8")
    assert asked.count("## ") == 2
    assert r"**Question.** Which shape has \<the next\> factor?" in asked
    assert "- [ ] Rows follow a2" in asked
    assert "Two factors." in asked
    assert "It is W3 transposed." not in asked
    assert "1. **3×4** It is W3 transposed." in answers
    assert "not 4×3: That is numerator layout." in answers
    assert "2. **Rows follow a2**" in answers

"""The app in a browser: the page opens without a network, a step changes it, and only this machine is answered."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.tui.browser import CHROMIUM, PATIENCE, browsing
from tui.cli import main
from tui.web.command import command_line

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@asynccontextmanager
async def serving(*arguments: str) -> AsyncIterator[str]:
    """`chainstep web` on a port that is free; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui.cli", "web", *arguments, "--port", str(port),
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(PATIENCE):
            while url.encode() not in await process.stdout.readline():
                assert process.returncode is None
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                await asyncio.sleep(0.1)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def test_in_a_browser_a_step_changes_the_matrices(tmp_path: Path) -> None:
    if CHROMIUM is None and not os.environ.get("CHAINSTEP_REQUIRE_CHROMIUM"):
        pytest.skip("there is no Chromium, as Debian's package chromium has it")
    async with serving("question") as url, browsing(tmp_path / "profile") as page:
        await page.call("Page.navigate", url=url)
        await page.until(lambda: "step 0/" in page.received)
        before = await page.screenshot()
        assert "-0.1171" not in page.received
        await page.press("n")
        await page.until(lambda: "step 1/" in page.received)
        await page.press("n")
        await page.until(lambda: "step 2/" in page.received)
        assert "-0.1171" in page.received, "∂L/∂z3 is not there"
        after = await page.screenshot()
        assert before != after
        assert [asked for asked in page.requested if not asked.startswith((url, "data:", "about:"))] == []
    if folder := os.environ.get("CHAINSTEP_SCREENSHOTS"):
        Path(folder, "before.png").write_bytes(before)
        Path(folder, "after.png").write_bytes(after)


async def test_only_the_page_itself_may_open_the_socket_and_only_by_the_names_of_this_machine() -> None:
    async with serving("question") as url, aiohttp.ClientSession() as client:
        async with client.get(url, headers={"Host": "elsewhere.example"}) as answer:
            assert answer.status == 403
        for origin in ("http://elsewhere.example", "null", ""):
            async with client.get(f"{url}/ws", headers={"Origin": origin}) as answer:
                assert answer.status == 403
        async with client.get(url) as answer:
            text = await answer.text()
            assert answer.status == 200
            assert "https://" not in text


@pytest.mark.parametrize("name", ["a b.toml", "a'; touch gone; '.toml", "$(touch gone).toml", "-x.toml"])
def test_a_shell_reads_the_command_line_as_one_file(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("")
    words = subprocess.run(
        ["sh", "-c", f"for word in {command_line(name, ascii_only=True)}; do echo \"$word\"; done"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert words == [sys.executable, "-m", "tui", str(tmp_path.resolve() / name), "--ascii"]
    assert shlex.split(command_line("question")) == [sys.executable, "-m", "tui", "question"]


def test_without_textual_serve_it_says_what_to_install(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    monkeypatch.delitem(sys.modules, "tui.web.server", raising=False)
    assert main(["web", "question"]) == 2
    assert "pip install 'chainstep[web]'" in capsys.readouterr().err


def test_a_port_that_is_taken_or_none_is_refused_in_a_sentence(capsys) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["web", "question", "--port", str(port)]) == 2
        assert f"cannot listen on 127.0.0.1, port {port}" in capsys.readouterr().err
    assert main(["web", "question", "--port", "70000"]) == 2
    assert "1 to 65535" in capsys.readouterr().err


def test_a_scenario_that_is_none_is_refused_before_anything_is_served(capsys) -> None:
    assert main(["web", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err

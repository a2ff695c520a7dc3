"""A headless Chromium, driven through its DevTools protocol: no more of it than the tests need."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0",
    "--window-size=1400,900", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
"""No name can be resolved: what works here works without a network."""
PATIENCE = 30.0
ARROWS = {"ArrowLeft": 37, "ArrowRight": 39}
"""Keys that print nothing, and their codes."""


class Page:
    """A tab: what it asked for, what came through its sockets, and keys."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0
        self.requested: list[str] = []
        self.received = ""
        """All that came through WebSockets, as text."""

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and answer its result; events that come meanwhile are kept."""
        self._count += 1
        await self._socket.send_json({"id": self._count, "method": method, "params": parameters})
        while True:
            message = await self._next()
            if message.get("id") == self._count:
                assert "error" not in message, message["error"]
                return message["result"]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something has come. Raises TimeoutError after half a minute."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await self._next()

    async def press(self, key: str) -> None:
        """Press a key: one that prints, or one of the arrows, `ArrowLeft`, `ArrowRight`."""
        if key in ARROWS:
            code = {"key": key, "code": key, "windowsVirtualKeyCode": ARROWS[key]}
            await self.call("Input.dispatchKeyEvent", type="rawKeyDown", **code)
            await self.call("Input.dispatchKeyEvent", type="keyUp", **code)
            return
        code = ord(key.upper())
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key, windowsVirtualKeyCode=code)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def value(self, expression: str) -> Any:
        """What an expression of JavaScript comes to."""
        return (await self.call("Runtime.evaluate", expression=expression, returnByValue=True))["result"]["value"]

    async def screenshot(self) -> bytes:
        """What is to be seen, as PNG, when it has been painted."""
        await asyncio.sleep(0.7)  # the page fades in
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    async def _next(self) -> dict[str, Any]:
        message = json.loads((await self._socket.receive(PATIENCE)).data)
        parameters = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requested.append(parameters["request"]["url"])
        if message.get("method") == "Network.webSocketFrameReceived":
            frame = parameters["response"]
            data = frame["payloadData"]
            self.received += data if frame["opcode"] == 1 else base64.b64decode(data).decode(errors="replace")
        return message


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Page]:
    """A tab of a browser that has just been started."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = await _port(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = await answer.json()
            url = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            async with client.ws_connect(url, max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Network", "Runtime"):
                    await page.call(f"{domain}.enable")
                await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
                yield page
    finally:
        process.terminate()
        await process.wait()
        await asyncio.sleep(0)  # so that its pipes are closed before the loop is


async def _port(file: Path) -> int:
    async with asyncio.timeout(PATIENCE):
        while not (file.exists() and file.read_text().count("\n")):
            await asyncio.sleep(0.1)
    return int(file.read_text().split()[0])

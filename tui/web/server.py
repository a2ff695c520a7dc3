"""textual-serve's server with a page that needs no network, for visitors who come from that page."""

from __future__ import annotations

import html
import logging
from pathlib import Path
from string import Template

from aiohttp import web
from textual_serve.server import Server, to_int

from tui.addresses import is_local

PAGE = Path(__file__).with_name("page.html")
FONT_SIZES = (6, 48)


class PageServer(Server):
    """Runs `command` for every visitor.

    Bound to this machine, it answers only to the names of this machine: a page elsewhere that makes its own name lead
    here (DNS rebinding), or opens the socket from another site, is refused.
    """

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page; textual-serve's own asks the network for a font, and waits for it where there is none."""
        self._check_host(request)
        smallest, largest = FONT_SIZES
        font_size = max(smallest, min(to_int(request.query.get("fontsize", ""), 16), largest))
        scheme = "wss" if request.scheme == "https" else "ws"
        text = Template(PAGE.read_text(encoding="utf-8")).substitute(
            title=html.escape(self.title), socket=html.escape(f"{scheme}://{request.host}/ws"), font_size=font_size
        )
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """The visitor's keys, and the app's answers."""
        self._check_host(request)
        origin = request.headers.get("Origin", "")
        if origin.partition("://")[2] != request.host:
            raise web.HTTPForbidden(text="This socket is for the page of this server.")
        return await super().handle_websocket(request)

    def _check_host(self, request: web.Request) -> None:
        if is_local(self.host) and not is_local(request.url.host or ""):
            raise web.HTTPForbidden(text=f"This server is for {self.public_url} alone.")

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is, in a line."""
        self.console.print(f"{self.title}\n{self.public_url}   Ctrl+C ends it", markup=False, highlight=False,
                           soft_wrap=True)  # fmt: skip

    def initialize_logging(self) -> None:
        """Only what goes wrong."""
        logging.basicConfig(level=logging.WARNING, format="%(message)s")

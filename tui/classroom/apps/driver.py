"""The driver of an app that is drawn elsewhere: whole frames go to the app's `send_frame`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from textual.driver import Driver
from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App


class FrameDriver(Driver):
    """Draws an app on terminals elsewhere: nothing of the server's own terminal, signals or files is touched."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True,
                 size: tuple[int, int] | None = None) -> None:  # fmt: skip
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._written: list[str] = []

    def write(self, data: str) -> None:
        """Keep it until the frame is whole."""
        if data:
            self._written.append(data)

    def flush(self) -> None:
        """Send the frame."""
        if self._written:
            frame = "".join(self._written).encode("utf-8", "replace")
            self._written.clear()
            self._app.send_frame(frame)  # type: ignore[attr-defined]

    def send_message(self, message: Message) -> None:
        """Pass an event to the app; the loop is the same."""
        self._app.post_message(message)

    def start_application_mode(self) -> None:
        """Nothing: modes are the connection's."""

    def stop_application_mode(self) -> None:
        """Nothing."""

    def disable_input(self) -> None:
        """Nothing."""

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Nothing: it would open on the server."""

    def deliver_binary(self, binary: BinaryIO | TextIO, *, delivery_key: str, save_path: Path, **_options: Any) -> None:
        """Nothing: it would be written on the server."""
        binary.close()

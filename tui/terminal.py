"""What only the terminal knows: how wide it draws the characters of frames."""

from __future__ import annotations

import os
import re
import select
import sys
import time

_EAST_ASIAN = ("ja", "ko", "zh")
_ANSWER = re.compile(rb"\x1b\[\d+;(\d+)R")
PATIENCE = 0.3
"""Seconds that a terminal has for its answer."""


def draws_frames_wide() -> bool:
    """Whether the terminal draws ─, × and Greek letters two columns wide, as some do with East Asian fonts.

    Unicode leaves their width open (“ambiguous”). Only a terminal knows it, and only those of East Asian languages
    are asked: a frame's character is written, and where the cursor then stands is its width.
    """
    # Any of them: where a locale is not installed, Python itself puts C.UTF-8 into LC_CTYPE.
    languages = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    is_asked = any(language.startswith(_EAST_ASIAN) for language in languages)
    return is_asked and sys.stdin.isatty() and sys.stdout.isatty() and _measured("─") == 2


def _measured(character: str) -> int | None:
    """Columns that the terminal moves on by for a character; None where it does not say."""
    try:
        import termios
        import tty
    except ModuleNotFoundError:
        return None
    keyboard = sys.stdin.fileno()
    try:
        before = termios.tcgetattr(keyboard)
        tty.setcbreak(keyboard)
    except termios.error:
        return None
    try:
        sys.stdout.write(f"\r{character}\x1b[6n")
        sys.stdout.flush()
        found = _ANSWER.search(_answer(keyboard))
        return int(found[1]) - 1 if found else None
    except (OSError, UnicodeEncodeError):
        return None
    finally:
        sys.stdout.write("\r\x1b[K")
        sys.stdout.flush()
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _answer(keyboard: int) -> bytes:
    """What the terminal sends, up to its answer."""
    until = time.monotonic() + PATIENCE
    data = b""
    while not _ANSWER.search(data) and len(data) < 1_000:
        ready, _, _ = select.select([keyboard], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            break
        data += os.read(keyboard, 100)
    return data

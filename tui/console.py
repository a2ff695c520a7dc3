"""Standard output of the commands that draw nothing: lines of text, in ASCII where need be, and JSON Lines."""

from __future__ import annotations

import gc
import io
import sys

from tui.glyphs import Glyphs


def prepare_streams(*, for_file: bool) -> None:
    """JSON and documents are UTF-8 whatever the terminal speaks; what cannot be printed or read is replaced."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if for_file and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def can_print_mathematics() -> bool:
    """Whether the encoding of standard output has the characters of a derivation."""
    try:
        "∂⎡ᵀ⊙".encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def say(*lines: str) -> None:
    """Print lines for a person."""
    glyphs = Glyphs(ascii_only=not can_print_mathematics())
    sys.stdout.writelines(f"{glyphs(line)}\n" for line in lines)


def say_json(*lines: str) -> None:
    """Print lines of JSON, for a program."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


def say_file(text: str) -> None:
    """Print a document or a program, character by character as it is."""
    sys.stdout.write(text)


def collect_again() -> None:
    """Collect garbage from now on, if that was put off for the start; what is there by now is not looked at again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()

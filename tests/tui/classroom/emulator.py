"""As much of a terminal as frames use: places, colours, characters."""

from __future__ import annotations

import re

from rich.cells import cell_len

TOKENS = re.compile(
    r"\x1b\[(?P<place>\d+;\d+)H|\x1b\[(?P<look>[\d;]*)m|\x1b\]22;[a-z]*\x07|(?P<text>[^\x1b])", re.DOTALL
)
MARKS = {"4", "7", "9"}

Cell = tuple[str, frozenset[str], str, str]
"""A character, attributes, the codes of its colour and of its background."""
NOTHING: Cell = (" ", frozenset(), "", "")


class Emulator:
    """A screen of cells. A frame with anything but what is known here raises."""

    def __init__(self, width: int, height: int, filled: str = " ") -> None:
        self.cells: list[list[Cell]] = [[(filled, frozenset(), "", "")] * width for _ in range(height)]

    def feed(self, frame: str) -> None:
        """Draw what comes."""
        row = column = position = 0
        attributes: set[str] = set()
        foreground = background = ""
        while position < len(frame):
            found = TOKENS.match(frame, position)
            assert found is not None, frame[position : position + 20]
            position = found.end()
            if found["place"]:
                row, column = (int(number) - 1 for number in found["place"].split(";"))
            elif found["text"]:
                width = cell_len(found["text"])
                self.cells[row][column : column + width] = [
                    _seen(cell, attributes, foreground, background) for cell in [found["text"], "", ""][:width]
                ]
                column += width
            elif found["look"] is not None:
                codes = found["look"].split(";")
                while codes:
                    code = codes.pop(0)
                    if code in ("", "0"):
                        attributes, foreground, background = set(), "", ""
                    elif code in ("38", "48"):
                        taken = 2 if codes[0] == "5" else 4
                        colour = ";".join([code, *codes[:taken]])
                        del codes[:taken]
                        foreground, background = (colour, background) if code == "38" else (foreground, colour)
                    elif code == "39":
                        foreground = ""
                    elif code == "49":
                        background = ""
                    elif code[0] in "39" and len(code) == 2:
                        foreground = code
                    elif len(code) == 1:
                        attributes.add(code)
                    else:
                        background = code

    def text(self) -> list[str]:
        """The rows without colours."""
        return ["".join(cell[0] for cell in row) for row in self.cells]


def _seen(character: str, attributes: set[str], foreground: str, background: str) -> Cell:
    """What is seen of a cell: a space has only its background, unless it is underlined or the like."""
    if character == " " and not attributes & MARKS:
        return (" ", frozenset(), "", background)
    return (character, frozenset(attributes), foreground, background)

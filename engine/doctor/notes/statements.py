r"""A derivation cut into statements, and everything that is no formula blanked at the same length.

Lines end a statement, except inside of brackets and before or behind an operator; in a block of LaTeX it is `\\` that
ends one. Blanks, and nothing else, take the place of what is blanked, so that offsets stay those of the user's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.formula.latex_words import MATRICES

_MATRIX = "|".join(sorted(MATRICES))
_NO_FORMULA = re.compile(
    rf"""
    (?P<docstring>\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?''')
  | (?P<entry>(?:\b[A-Za-z_]\w*\.){{0,3}}\b[A-Za-z_]\w*\[\s*(?P<quote>["'])(?P<key>[A-Za-z_]\w*)(?P=quote)\s*\])
  | (?P<string>"[^"\n]*"|'[\w ]+')
  | (?P<comment>\#[^\n]*|(?<![\\\w])%[^\n]*)
  | (?P<owner>\b(?:self|cls|net|model|layer|params|cache|grads)\.(?=[A-Za-z_]))
  | (?P<label>\\(?:label|tag\*?|hspace\*?|vspace\*?)\s*\{{[^{{}}]*\}}|\\(?:nonumber|notag|hfill)(?![A-Za-z]))
  | (?P<words>(?<![_^{{])\\(?:text|mbox|textrm|textit|intertext)\s*\{{[^{{}}]*\}}(?!\s*(?:['(_^]|\\left)))
  | (?P<matrix>\\begin\s*\{{(?:{_MATRIX})\}}[\s\S]*?\\end\s*\{{(?:{_MATRIX})\}})
  | (?P<environment>\\(?:begin|end)\s*\{{[A-Za-z]+\*?\}}(?:\{{[a-z\d|]*\}})?|\$\$|\\[\[\]])
  | (?P<row>\\\\(?:\[[^\]\n]*\])?)
  | (?P<dollar>\$)
  | (?P<continued>\\\r?\n)
  | (?P<newline>\n)
    """,
    re.VERBOSE,
)
FILLER = "$"
"""Space in the formula language that `str.strip` leaves alone: an expression's span keeps its `params["` and `"]`."""
_LATEX = re.compile(r"\\[A-Za-z]{2,}")
_BLOCK = re.compile(r"\\begin\s*\{(?!array)[A-Za-z]+\*?\}")
_BRACE = re.compile(r"\\(?:under|over)brace\s*(?=\{)")
_INLINE = re.compile(r"(?<![\\$])\$(?!\$)(?:[^$\n]|\n(?!\s*\n))*\$(?!\$)")
"""A formula in a text, which may go over the end of a line, though not of a paragraph."""
_SCRIPT = re.compile(r"\s*[_^]\s*(?=\{)")
_IMPLIES = re.compile(r";|=>|⇒|⟹|∴|\\(?:Rightarrow|implies|therefore|Longrightarrow)(?![A-Za-z])")
_NUMBERING = re.compile(
    r"\s*(?:\(\w{1,3}\)(?=\s)|\d{1,2}[.)](?=\s)|[-*•](?=\s[^=]*=)|(?:Step|Eq\.?)\s*\d+\s*[.:)]|→|>>>|\.\.\.)\s*",
    re.IGNORECASE,
)
_OPERATOR = r"(?:[-+−*/@·⊙∘×⋅∗]|\\(?:odot|cdot|circ|times)(?![A-Za-z]))"
_BEGINS_WITH_OPERATOR = re.compile(rf"\s*{_OPERATOR}")
_ENDS_WITH_OPERATOR = re.compile(rf"(?:{_OPERATOR}|=)\s*$")
ASSIGNMENT = re.compile(
    r"(?P<joined>(?:[-+*/@])=(?!=))|:=|≔|←|\\(?:leftarrow|gets|coloneqq|triangleq)(?![A-Za-z])|(?<![<>=!:])=(?!=)"
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of the text, without the numbering before it and the punctuation behind it."""

    start: int
    end: int


def blanked(text: str) -> str:
    """`text` with blanks for what is no formula, and a line break wherever a statement of LaTeX ends."""
    is_latex = bool(_LATEX.search(text))
    text = _without_braces(_INLINE.sub(lambda part: part.group().replace("\n", " "), text))
    in_block = False

    def blank(match: re.Match[str]) -> str:
        nonlocal in_block
        part = match.group()
        match match.lastgroup:
            case "docstring" | "comment" | "label" | "words":
                return _blank(part)
            case "dollar":  # of a text in which formulas stand, each is a statement
                return "\n"
            case "owner":
                return FILLER * len(part)
            case "entry":
                before, after = match.start("key") - match.start(), match.end() - match.end("key")
                return FILLER * before + match["key"] + FILLER * after
            case "matrix":
                return part.replace("\n", " ")
            case "environment":
                in_block = part.startswith("\\begin") or (in_block and not part.startswith("\\end"))
                return "\n" + " " * (len(part) - 1)
            case "row":
                return "\n" + " " * (len(part) - 1)
            case "continued":
                return " " * len(part)
            case "newline":
                return " " if in_block else "\n"
        return part

    clean = _NO_FORMULA.sub(blank, text)
    if is_latex:
        clean = re.sub(rf"(\\begin\{{(?:{_MATRIX})\}}[\s\S]*?\\end)|&", lambda part: part[1] or " ", clean)
    return clean


def _blank(part: str) -> str:
    return re.sub(r"[^\n]", " ", part)


def _without_braces(text: str) -> str:
    r"""Blank what is written below `\underbrace{…}`, and the command."""
    if "brace" not in text:
        return text
    closing = _closing(text)
    for command in _BRACE.finditer(text):
        end = closing.get(command.end())
        script = _SCRIPT.match(text, end + 1) if end is not None else None
        text = text[: command.start()] + " " * len(command.group()) + text[command.end() :]
        if script and (last := closing.get(script.end())) is not None:
            text = text[: script.start()] + " " * (last + 1 - script.start()) + text[last + 1 :]
    return text


def _closing(text: str) -> dict[int, int]:
    """The offset of the bracket that closes each bracket; those that stay open are not in it."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for position, character in enumerate(text):
        if character in _BRACKETS:
            opened.append(position)
        elif opened and character == _BRACKETS[text[opened[-1]]]:
            closing[opened.pop()] = position
    return closing


def statements(clean: str) -> list[Statement]:
    """The statements of a blanked text, in order; a bracket that stays open reaches to the end of its line."""
    found: list[Statement] = []
    for start, end in _cuts(clean):
        piece = clean[start:end]
        before = clean[max(found[-1].start, found[-1].end - 20) : found[-1].end] if found else ""
        is_part = not _NUMBERING.match(piece) and not top_level(ASSIGNMENT, piece)
        if found and is_part and (_BEGINS_WITH_OPERATOR.match(piece) or _ENDS_WITH_OPERATOR.search(before)):
            found[-1] = _trimmed(clean, found[-1].start, end)
            continue
        while numbering := _NUMBERING.match(clean, start, end):
            start = numbering.end()
        statement = _trimmed(clean, start, end)
        if statement.start < statement.end:
            found.append(statement)
    return found


def _cuts(clean: str) -> Iterator[tuple[int, int]]:
    """The parts of the text between line breaks, semicolons and arrows that stand outside of brackets."""
    closing = _closing(clean)
    start = position = 0
    while position < len(clean):
        character = clean[position]
        if character in _BRACKETS and position in closing:
            position = closing[position]
        elif character == "\n":
            yield start, position
            start = position + 1
        elif implied := _IMPLIES.match(clean, position):
            yield start, position
            start = position = implied.end()
            continue
        position += 2 if character == "\\" else 1  # `\\;` is a space and ends nothing
    yield start, len(clean)


def _trimmed(clean: str, start: int, end: int) -> Statement:
    """Without the blanks around it, and the comma or full stop of a sentence behind it."""
    while start < end and clean[start].isspace():
        start += 1
    while start < end and (clean[end - 1].isspace() or clean[end - 1] in ",;" or _is_full_stop(clean, end - 1)):
        end -= 1
    return Statement(start, end)


def _is_full_stop(clean: str, position: int) -> bool:
    return clean[position] == "." and not clean[position - 1 : position].isdigit()


def top_level(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Where a pattern matches outside of brackets."""
    closing = _closing(text)
    found = []
    position = 0
    while position < len(text):
        if text[position] in _BRACKETS and position in closing:
            position = closing[position] + 1
        elif match := pattern.match(text, position):
            found.append(match)
            position = max(match.end(), position + 1)
        else:
            position += 1
    return found

r"""Sentences about a derivation as LaTeX text: what is mathematics in them, `∂z3/∂a2 = W3ᵀ`, goes to math mode.

The sentences are plain text. A name of the program, a mathematical character and a function before its bracket are
mathematics; numbers, brackets and operators are where they stand between such. Everything else is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from engine.formula import FUNCTIONS
from engine.formula.latex import PLAIN, Style, latex_name
from engine.formula.latex_text import SUBSCRIPTS, SUPERSCRIPTS, SYMBOLS, escape_text
from engine.formula.printer import spell_name

WORDS = ("a", "A", "I")
"""Names that are also words of a sentence: they stay text, unless an index or an operator says what they are."""

_Token = tuple[str, str, str]
"""Kind (`math`, `either` or `text`), the text as it was, and its LaTeX in math mode."""
_CONSTANTS = {"I": "I", "e": "e", "1": r"\mathbf{1}"}
_MATHEMATICS, _RAISED, _LOWERED = (
    "".join(map(re.escape, characters)) for characters in (SYMBOLS, SUPERSCRIPTS, SUBSCRIPTS)
)
_EITHER = r"[-+/=()\[\]]|\d+(?:\.\d+)?"


def prose(text: str, names: Iterable[str], style: Style = PLAIN) -> str:
    """The sentences of `text` as LaTeX; `names` are the values of the program that they are about."""
    found: list[str] = []
    run: list[_Token] = []
    for token in _tokens(text, names, style):
        if token[0] == "text" and not (token[1].isspace() and run):
            found += [_set(run), escape_text(token[1])]
            run = []
        else:
            run.append(token)
    return "".join([*found, _set(run)])


def mathematics(text: str, names: Iterable[str], style: Style = PLAIN) -> str:
    r"""A formula in plain text, `δ[k,i] a1[j]`, in math mode: `\delta_{k,i} a^{(1)}_{j}`."""
    return "".join(
        rf"\mathit{{{part}}}" if kind == "text" and part.isascii() and part.isalpha() and len(part) > 1 else tex
        for kind, part, tex in _tokens(text, names, style, words=())
    ).strip()


def _set(run: list[_Token]) -> str:
    """A run of mathematics and of what may belong to it, in math mode from its first to its last mathematics."""
    inside = [number for number, (kind, _, _) in enumerate(run) if kind == "math"]
    if not inside:
        return "".join(escape_text(text) for _, text, _ in run)
    first, last = inside[0], inside[-1]
    while first > 0 and re.fullmatch(r"\d.*|\(|-", run[first - 1][1]) and _closes(run[first - 1 : last + 1]):
        first -= 1
    while last + 1 < len(run) and re.fullmatch(r"\d.*|[)\]]", run[last + 1][1]):
        if run[last + 1][1] in ")]" and _depth(run[first : last + 1]) <= 0:
            break
        last += 1
    before = "".join(escape_text(text) for _, text, _ in run[:first])
    after = "".join(escape_text(text) for _, text, _ in run[last + 1 :])
    return f"{before}${''.join(tex for _, _, tex in run[first : last + 1]).strip()}${after}"


def _depth(run: list[_Token]) -> int:
    """How many brackets are open at the end."""
    return sum((text in "([") - (text in ")]") for _, text, _ in run if len(text) == 1)


def _closes(run: list[_Token]) -> bool:
    return run[0][1] != "(" or _depth(run) >= 0


def _tokens(text: str, names: Iterable[str], style: Style, words: Container[str] = WORDS) -> Iterator[_Token]:
    spelled = {spell_name(name): name for name in names}
    functions = "|".join(sorted((re.escape(name) for name in {*FUNCTIONS, "vec"}), key=len, reverse=True))
    known = "|".join(sorted(map(re.escape, spelled), key=len, reverse=True)) or "(?!)"
    pattern = re.compile(
        rf"(?<!\w)(?P<value>{known})(?P<index>\[[^\[\]]*\])?(?P<mark>[{_RAISED}]+)?(?![\w(′])"
        r"|(?<!\w)(?P<constant>[Ie1])(?P<sizes>[₀-₉ₓ]+)"
        r"|(?P<entry>[)δ])\[(?P<at>[^\[\]]*)\]"
        rf"|(?<!\w)(?P<function>{functions})(?=′?\()|(?P<symbol>[{_RAISED}]+|[{_LOWERED}]+|[{_MATHEMATICS}])|(?P<either>{_EITHER})"
        r"|(?P<space>\s+)|(?P<other>[^\W_ᵀ₀-₉]+|.)",
        re.DOTALL,
    )
    for match in pattern.finditer(text):
        part = match.group()
        if value := match["value"]:
            is_text = part in words and _is_word(text, match.start(), match.end())
            name = spelled[value] + (match["index"] or "")
            yield ("text", part, part) if is_text else ("math", part, _marked(name, style, match["mark"]))
        elif constant := match["constant"]:
            yield "math", part, _CONSTANTS[constant] + _scripted(match["sizes"])
        elif match["entry"]:
            yield "math", part, f"{SYMBOLS.get(match['entry'], ')').strip()}_{{{match['at']}}}"
        elif match["function"]:
            yield "math", part, rf"{style.operator}{{{escape_text(part)}}}"
        elif match["symbol"]:
            yield "math", part, _scripted(part)
        elif part.isspace() and style.breakable:
            yield "text", part, r" \allowbreak "
        else:
            yield ("either" if match["either"] else "text"), part, part


def _scripted(part: str) -> str:
    """A mathematical character, or several superscripts or subscripts as one: TeX takes no two of them."""
    if part[0] in SUPERSCRIPTS:
        return "^{" + "".join(SUPERSCRIPTS[character] for character in part) + "}"
    if part[0] in SUBSCRIPTS:
        return "_{" + "".join(SUBSCRIPTS[character] for character in part) + "}"
    return SYMBOLS[part]


def _marked(name: str, style: Style, mark: str | None) -> str:
    """A name with ᵀ or ² behind it, which follow its layer where it has one."""
    if mark == "ᵀ":
        return latex_name(name, style, transposed=True)
    text = latex_name(name, style)
    if mark is None:
        return text
    return (f"({text})" if "^" in text else text) + _scripted(mark)


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether no operator stands beside: `a matrix`, and not `∂a` or `a − y`."""
    around = text[:start].rstrip()[-1:] + text[end:].lstrip()[:1]
    return not any(character in SYMBOLS or character in "/=" for character in around)

"""Answers as learners write them: read by the kind of their question, and judged by value."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from engine.calculus.layouts import Layout, Operation, Side, spell_size
from engine.calculus.symbols import symbol_values
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula import evaluate, parse, spell
from engine.formula.syntax import names_in
from engine.session.actions import Ask, QuestionKind, Reply
from engine.session.expect import compare, other_numbers
from engine.session.state import State

STRUCTURES = ("identity", "diagonal", "dense", "kronecker", "diagonal minus rank one", "permutation", "zero")
WORDS: dict[QuestionKind, tuple[str, ...]] = {
    QuestionKind.SIDE: tuple(Side),
    QuestionKind.LAYOUT: tuple(Layout),
    QuestionKind.OPERATION: tuple(Operation),
    QuestionKind.STRUCTURE: STRUCTURES,
}
"""The answers that there are to a question whose answer is a word."""
EXAMPLES: dict[QuestionKind, str] = {
    QuestionKind.SHAPE: "sizes, as in 3x2 or 3 by 2",
    QuestionKind.VALUE: "a number, as in 0.25 or 1/4, or rows, as in [[1, 2], [3, 4]]",
    QuestionKind.FORMULA: "a formula, as in W3.T or a3 - y",
    QuestionKind.CHOICE: "the number of a choice",
} | {kind: " or ".join([", ".join(words[:-1]), words[-1]]) for kind, words in WORDS.items()}
"""What an answer looks like."""

_SAME = {
    "matrix product": "matmul", "@": "matmul", "·": "matmul", "⊙": "hadamard", "∘": "hadamard", "*": "hadamard",
    "hadamard product": "hadamard", "⊗": "outer", "outer product": "outer", "contraction": "contract", "+": "sum",
}  # fmt: skip
_SHAPE = re.compile(r"[\[(]?\s*(\d{1,9}(?:(?:\s*[x×*,]\s*|\s+by\s+|\s+)\d{1,9})*)\s*,?\s*[\])]?", re.IGNORECASE)
MAX_REPLY = 4_000
"""Characters of the longest answer."""


def read_reply(ask: Ask, reply: Reply) -> Reply:
    """An answer in the form in which it is judged: sizes, a word, numbers, a formula, or a choice counted from 0.

    Raises a Diagnostic `unreadable_answer` for what is no answer to this question, right or wrong.
    """
    if isinstance(reply, str) and not 0 < len(reply.strip()) <= MAX_REPLY:
        raise _unreadable(ask, "an answer is missing" if not reply.strip() else "this answer is too long")
    match ask.kind:
        case QuestionKind.SHAPE:
            return _sizes(ask, reply)
        case QuestionKind.CHOICE:
            return _choice(ask, reply)
        case QuestionKind.VALUE:
            return _numbers(ask, reply)
        case QuestionKind.FORMULA:
            if not isinstance(reply, str):
                reply = str(reply)
            parse(reply)
            return reply
    return _word(ask, reply)


def typed_reply(ask: Ask, text: str) -> Reply:
    """What was typed where choices are numbered from 1 on, as an answer: the number of a choice is its place.

    Where numbers are asked for, a number is a number and no place.
    """
    text = text.strip()
    is_place = text.isdecimal() and len(text) < 3 and 0 < int(text) <= len(ask.choices)
    if is_place and ask.kind not in (QuestionKind.CHOICE, QuestionKind.VALUE):
        return ask.choices[int(text) - 1]
    if ask.kind is QuestionKind.CHOICE and text.isdecimal() and len(text) < 3:
        return int(text) - 1
    return text


def spell_reply(ask: Ask, reply: Reply) -> str:
    """An answer as it is said: `3×2`, or the text of a choice."""
    if ask.kind is QuestionKind.SHAPE and isinstance(reply, list):
        return spell_size(tuple(int(size) for size in reply))
    if ask.kind is QuestionKind.CHOICE and isinstance(reply, int | float) and 0 <= int(reply) < len(ask.choices):
        return ask.choices[int(reply)]
    if isinstance(reply, list) and reply and all(isinstance(row, list) for row in reply):
        return "[" + ", ".join(map(spell_row, reply)) + "]"
    return spell_row(reply) if isinstance(reply, list) else f"{reply:g}" if isinstance(reply, float) else str(reply)


def spell_row(row: Sequence[object]) -> str:
    """`[0.5, 2]`."""
    return "[" + ", ".join(f"{entry:g}" if isinstance(entry, int | float) else str(entry) for entry in row) + "]"


def agrees(state: State, ask: Ask, reply: Reply, wanted: Reply) -> bool:
    """Whether two answers that have been read say the same."""
    if ask.kind is QuestionKind.FORMULA:
        if not isinstance(reply, str) or not isinstance(wanted, str):
            return False
        # A formula that cannot be applied has no value, and is still known as the mistake that it is.
        return spell(parse(reply)) == spell(parse(wanted)) or _same_value(state, reply, wanted)
    if ask.kind is QuestionKind.VALUE:
        found = np.asarray(reply, dtype=np.float64)
        expected = np.asarray(wanted, dtype=np.float64)
        if found.size == expected.size == 1:
            found = found.reshape(expected.shape)
        if found.ndim == 1 and expected.ndim == 2 and 1 in expected.shape and found.size == expected.size:
            found = found.reshape(expected.shape)  # a flat list fills a column or a row, as it does in a scenario
        return not list(compare("", found, expected, ask.tolerance))
    return reply == wanted


def inapplicable(state: State, ask: Ask, reply: Reply) -> str:
    """Why a formula cannot be applied, which is a wrong answer and not an unreadable one; else nothing."""
    if ask.kind is not QuestionKind.FORMULA or not isinstance(reply, str):
        return ""
    try:
        _evaluated(state, reply)
    except Diagnostic as problem:
        if problem.code == "unknown_name":
            raise
        return f"{problem.message}{_in_which_part(problem)}"
    return ""


def _in_which_part(problem: Diagnostic) -> str:
    """The part of the formula that cannot be applied, where it is not all of it."""
    text, span = problem.where.text, problem.where.span
    if text is None or span is None or text[slice(*span)].strip() == text.strip():
        return ""
    return f", in {text[slice(*span)].strip()}"


def _evaluated(state: State, text: str) -> np.ndarray:
    node = parse(text)
    return np.asarray(evaluate(node, symbol_values(state.program, names_in(node), state.view.of), text))


def _same_value(state: State, one: str, other: str) -> bool:
    """Whether two formulas have the same value, at the state's numbers and at others."""
    nodes = parse(one), parse(other)
    for program in (state.program, *other_numbers(state.program)):
        found = []
        for node, text in zip(nodes, (one, other), strict=True):
            try:
                found.append(evaluate(node, symbol_values(program, names_in(node), state.view.of), text))
            except Diagnostic:
                return False
        left, right = found
        if left.shape != right.shape and not left.size == right.size == 1:
            return False
        if not np.allclose(left.reshape(right.shape), right, rtol=1e-9, atol=1e-12):
            return False
    return True


def _sizes(ask: Ask, reply: Reply) -> list[int]:
    """Sizes; a lone number is a shape only where the question knows one of one size: else it is meant for a choice."""
    if _is_lone(reply) and not any(map(_has_one_size, (ask.answer, *(wrong.answer for wrong in ask.wrong)))):
        raise _unreadable(ask, f"{str(reply).strip()[:40]} alone is no shape")
    if isinstance(reply, str):
        match = _SHAPE.fullmatch(reply.strip())
        if match is None:
            raise _unreadable(ask, f"{reply[:40]} is no shape")
        return [int(size) for size in re.findall(r"\d+", match[1])]
    sizes = reply if isinstance(reply, list) else [reply]
    whole = [int(size) for size in sizes if _is_whole(size) and size >= 0]
    if len(whole) != len(sizes) or not sizes:
        raise _unreadable(ask, f"{reply} is no shape")
    return whole


def _is_lone(reply: Reply) -> bool:
    return _is_whole(reply) or (isinstance(reply, str) and reply.strip().isdecimal())


def _has_one_size(reply: Reply) -> bool:
    return len(reply) == 1 if isinstance(reply, list) else _is_lone(str(reply).strip(" [(,)]"))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _choice(ask: Ask, reply: Reply) -> int:
    if isinstance(reply, str):
        texts = [choice.strip().casefold() for choice in ask.choices]
        if reply.strip().casefold() in texts:
            return texts.index(reply.strip().casefold())
        raise _unreadable(ask, f"{reply[:40]} is none of the choices")
    if not isinstance(reply, int | float) or not _is_whole(reply) or not 0 <= reply < len(ask.choices):
        raise _unreadable(ask, f"there are {len(ask.choices)} choices")
    return int(reply)


def _word(ask: Ask, reply: Reply) -> str:
    words = WORDS[ask.kind]
    said = " ".join(str(reply).replace("_", " ").lower().split())
    said = _SAME.get(said, said)
    if said in words:
        return said
    begun = [word for word in words if said and word.startswith(said)]
    if len(begun) == 1:
        return begun[0]
    hints = did_you_mean(said, words)
    raise _unreadable(ask, f"{str(reply)[:40]} is no {ask.kind}", *hints)


def _numbers(ask: Ask, reply: Reply) -> Reply:
    """A number, or a list of them, or rows of equal length; arithmetic such as 1/4 is computed."""
    if isinstance(reply, str):
        node = parse(reply)
        if next(iter(names_in(node)), None) is not None:
            raise _unreadable(ask, "the numbers are asked for, not a formula")
        array = np.asarray(evaluate(node, {}, reply))
    else:
        try:
            array = np.asarray(reply, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            raise _unreadable(ask, "these are no numbers in rows of equal length") from None
    if array.ndim > 2 or not array.size or not np.isfinite(array).all():
        raise _unreadable(ask, "this is no number and no matrix")
    value: Reply = array.tolist()
    return value


def _unreadable(ask: Ask, message: str, *hints: str) -> Diagnostic:
    what = EXAMPLES[ask.kind]
    if ask.kind is QuestionKind.CHOICE and ask.choices:
        what = f"type 1 to {len(ask.choices)}" if len(ask.choices) > 1 else what
        return Diagnostic("unreadable_answer", message, hints=(what,))
    return Diagnostic("unreadable_answer", message, hints=(*hints, f"an answer is {what}"))

"""Edits in words: one sentence for every kind of mistake, with what is wrong there and what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.doctor.diagnosis import Edit
from engine.doctor.search.pools import Change
from engine.formula import Spelling, spell
from engine.formula.syntax import Node


@dataclass(frozen=True, slots=True)
class _Words:
    """What the sentences are made of."""

    was: str
    """The user's text at that place."""
    now: str
    """What stands there afterwards, as on paper."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mistake."""

    name: str
    """For a hint that does not give the answer away."""
    sentence: Callable[[_Words], str]


KINDS: Mapping[str, Kind] = {
    "transpose": Kind(
        "a transpose is missing or too many",
        lambda w: f"A transpose is missing or too many in {w.was}: {w.now} is right.",
    ),
    "swap": Kind(
        "two factors are in the wrong order",
        lambda w: f"The two sides of {w.was} are in the wrong order: {w.now} is right.",
    ),
    "layouts": Kind(
        "layouts are mixed: a factor stands on the wrong side, and untransposed",
        lambda w: (
            f"Layouts are mixed in {w.was}: in one layout new factors join on one side only, so the factor moves to "
            f"the other side and is transposed, {w.now}."
        ),
    ),
    "hadamard": Kind(
        "a matrix product stands where an entry-by-entry product belongs",
        lambda w: (
            f"In {w.was} a matrix product stands where an entry-by-entry product belongs: {w.now}. A diagonal Jacobian "
            "times a vector is ⊙ with its diagonal."
        ),
    ),
    "matmul": Kind(
        "an entry-by-entry product stands where a matrix product belongs",
        lambda w: f"In {w.was} an entry-by-entry product stands where a matrix product belongs: {w.now}.",
    ),
    "matmul_swapped": Kind(
        "a matrix product belongs here, in the other order",
        lambda w: f"Instead of {w.was} a matrix product belongs here, in the other order: {w.now}.",
    ),
    "outer": Kind(
        "an outer product belongs here",
        lambda w: f"The gradient by a matrix is an outer product, all pairs of entries: {w.now} instead of {w.was}.",
    ),
    "regroup": Kind(
        "brackets are in the wrong place", lambda w: f"The brackets in {w.was} are in the wrong place: {w.now}."
    ),
    "ones": Kind(
        "ones stand where the derivative of an activation belongs",
        lambda w: (
            f"{w.was} stands where the derivative of an activation belongs: it is {w.now}, whose entries are 1 only "
            "where the unit is active."
        ),
    ),
    "softmax": Kind(
        "the Jacobian of a softmax is not diagonal",
        lambda w: (
            f"Every entry of a softmax depends on every entry before it: {w.was} is only the diagonal of its Jacobian "
            f"{w.now}."
        ),
    ),
    "derivative": Kind(
        "this is not the derivative of the activation",
        lambda w: f"{w.was} is not the derivative that belongs here: {w.now} is.",
    ),
    "argument": Kind(
        "a value before the activation is taken for one after it, or the reverse",
        lambda w: f"{w.was} is taken where {w.now} belongs: one comes before the activation, the other after it.",
    ),
    "layer": Kind(
        "a value of another layer is taken", lambda w: f"{w.was} belongs to another layer: {w.now} is meant."
    ),
    "stale": Kind(
        "a value is taken that was changed after the forward pass",
        lambda w: f"{w.was} has been changed since the forward pass: the gradient needs {w.now} as it was then.",
    ),
    "symbol": Kind("another value belongs here", lambda w: f"{w.was} does not belong here: {w.now} does."),
    "gradient": Kind(
        "a gradient stands where the weight itself belongs",
        lambda w: f"{w.was} is the gradient by {w.now}, and {w.now} itself belongs here.",
    ),
    "number": Kind("a number is wrong", lambda w: f"{w.now} instead of {w.was}."),
    "power": Kind("a power is wrong", lambda w: f"The power in {w.was} is wrong: {w.now}."),
    "insert": Kind("a factor is missing", lambda w: f"A factor is missing at {w.was}: with it, it is {w.now}."),
    "drop": Kind("a factor is too many", lambda w: f"The factor {w.was} is too many: leave it out."),
    "drop_term": Kind("a term is too many", lambda w: f"A term is too many in {w.was}: {w.now} is what remains."),
    "term": Kind("a term is missing", lambda w: f"A term is missing beside {w.was}: {w.now}."),
    "sign": Kind("a sign is wrong", lambda w: f"The sign is wrong: {w.now} instead of {w.was}."),
    "scale": Kind("a constant factor is wrong", lambda w: f"A constant factor is wrong: {w.now} instead of {w.was}."),
    "sum": Kind("the sum over the samples is missing", lambda w: f"The sum over the samples is missing: {w.now}."),
    "no_sum": Kind("a sum is too many", lambda w: f"The sum in {w.was} is too many: {w.now} is right."),
    "mean": Kind("mean and sum are confused", lambda w: f"Mean and sum are confused in {w.was}: {w.now}."),
    "axis": Kind(
        "a sum runs along the wrong axis", lambda w: f"The sum in {w.was} runs along the wrong axis: {w.now}."
    ),
    "keepdims": Kind("a dimension is lost", lambda w: f"{w.was} loses a dimension: {w.now} keeps it."),
    "prime": Kind(
        "the activation stands where its derivative belongs",
        lambda w: f"{w.was} is the activation, and its derivative belongs here: {w.now}.",
    ),
    "function": Kind(
        "the derivative stands where the activation belongs",
        lambda w: f"{w.was} is the derivative, and the activation itself belongs here: {w.now}.",
    ),
    "unwrap": Kind(
        "a function is applied once too often",
        lambda w: f"The function is applied once too often in {w.was}: {w.now} is right.",
    ),
}
"""Every kind of edit."""


def described(changes: Sequence[Change], text: str) -> tuple[Edit, ...]:
    """The edits that changes amount to, from left to right and inside out; brackets that moved are one edit."""
    kept: list[Change] = []
    for change in sorted(changes, key=lambda change: (change.span[1], -change.span[0])):
        if change.kind == "regroup" and any(other.kind == "regroup" for other in kept):
            continue
        kept.append(change)
    others = [change for change in kept if change.kind != "regroup"]
    if others and len(others) < len(kept) and _only_follows(others):
        kept = others
    return tuple(_edit(change, text) for change in kept)


def _only_follows(changes: Sequence[Change]) -> bool:
    """Whether brackets move only because a part has moved to the other side."""
    return any(change.kind in ("layouts", "swap", "matmul_swapped") for change in changes)


def _edit(change: Change, text: str) -> Edit:
    start, end = change.span
    was = text[start:end].strip() or spell(change.before, Spelling.PAPER)
    return Edit(
        change.kind, change.span, spell(change.after), KINDS[change.kind].sentence(_Words(was, _shown(change.after)))
    )


def _shown(node: Node) -> str:
    return spell(node, Spelling.PAPER)

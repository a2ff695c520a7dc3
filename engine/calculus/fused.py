"""Fused output deltas: ∂L/∂z of a loss and the last activation as one factor, where the product simplifies.

Cross-entropy after softmax, binary cross-entropy after a sigmoid, and half squared error after nothing all have
∂L/∂z = a − y, which is why they are used together. Source: Bishop, Pattern Recognition and Machine Learning, 4.3.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from engine.calculus import algebra
from engine.calculus.jacobians import Gradient, MatrixShape
from engine.calculus.layouts import Layout
from engine.calculus.program import Plan
from engine.formula import Spelling, parse, spell
from engine.formula.printer import spell_name
from engine.formula.syntax import Binary, Call, Name, Negate, Node, Transpose, substitute


@dataclass(frozen=True, slots=True)
class Pair:
    """A loss and the activation before it, with the two factors over the activation a and the target y."""

    gradient: str
    """∂loss/∂a."""
    slope: str
    """∂a/∂z: its diagonal where each entry stands alone, of a softmax the matrix for a column a."""
    delta: str
    """∂loss/∂z, the product of both."""
    because: str
    """What cancels in it."""
    axis: int | None = None
    """Along which each softmax of a batch runs."""

    @property
    def is_softmax(self) -> bool:
        return "@" in self.slope


def _softmax(delta: str, axis: int | None = None) -> Pair:
    because = "diag(a) (−y / a) = −y, and a aᵀ (y / a) = a Σy, where Σy = 1 if y is a distribution: then it is a − y"
    return Pair("-(y / a)", "diag(a) - a @ a.T", delta, because, axis)


DELTAS: Mapping[tuple[str, str], Pair] = {
    ("half_squared_error", "identity"): Pair("a - y", "1", "a - y", "the slope of the identity is 1"),
    ("binary_cross_entropy", "sigmoid"): Pair(
        "(a - y) / (a * (1 - a))", "a * (1 - a)", "a - y", "a ⊙ (1 − a) multiplies what it divides, and cancels"
    ),
    ("cross_entropy", "softmax"): _softmax("a * sum(y) - y"),
    ("cross_entropy", "softmax_cols"): _softmax("a * sum(y, axis=0, keepdims=True) - y", axis=0),
    ("cross_entropy", "softmax_rows"): _softmax("a * sum(y, axis=1, keepdims=True) - y", axis=1),
}
"""The losses and activations that fit together; Σy is 1 where y is a distribution."""


@dataclass(frozen=True, slots=True)
class Fused:
    """The output delta of a program as one factor."""

    activation: str
    z: str
    target: Node
    pair: Pair
    scale: Fraction
    """What the loss is multiplied by: 1/5 for a mean over five samples."""
    jacobian: Gradient
    """∂of/∂z."""


def fused_delta(plan: Plan, of: str) -> Fused | None:
    """The activation and the pre-activation that a fused factor joins, and ∂of/∂z, or None where nothing fuses.

    `of` must be a loss of DELTAS, perhaps divided by a number, of an activation that is read by it alone.
    """
    line = plan.lines.get(of)
    if line is None:
        return None
    scale, loss = algebra.coefficient(line.expression)
    match loss:
        case Call(function, (Name(activation), target)) if activation in plan.lines:
            applied = plan.lines[activation].expression
        case _:
            return None
    match applied:
        case Call(kind, (Name(z),), (), False) if (function, kind) in DELTAS:
            pair = DELTAS[function, kind]
        case _:
            return None
    if sum(activation in other.reads for other in plan.lines.values()) != 1:
        return None
    delta = algebra.scaled(scale, _filled(pair.delta, Name(activation), target))
    return Fused(activation, z, target, pair, scale, Gradient(plan.shape(z), delta, plan.algebra))


def _filled(formula: str, activation: Node, target: Node) -> Node:
    names = {"a": activation, "y": target}

    def fill(part: Node) -> Node | None:
        match part:
            case Name(name):
                return names.get(name)
            case Transpose(Name(name)):
                return algebra.transpose(names[name])
        return None

    return substitute(parse(formula), fill)


@dataclass(frozen=True, slots=True)
class Derivation:
    """The two factors of a fused delta, as they stand in the product, and what they come to."""

    factors: tuple[Node, Node]
    operator: str
    """`@`, or in a batch of entries that stand alone `*`."""
    delta: Node
    activation: Node
    """What is called a in the words."""


def derivation(fused: Fused, shape: MatrixShape, layout: Layout) -> Derivation:
    """The factors over the program's names; of a batch of softmaxes over one sample's columns, called a and y."""
    pair, is_vector = fused.pair, 1 in shape
    activation: Node = Name("a" if pair.axis is not None else fused.activation)
    target = Name("y") if pair.axis is not None else fused.target
    if is_vector:
        column = (shape[0] * shape[1], 1)
        activation, target = (algebra.reshaped(vector, shape, column) for vector in (activation, target))
    slope = _filled(pair.slope, activation, target)
    gradient = algebra.scaled(fused.scale, _filled(pair.gradient, activation, target))
    product = _filled("a * sum(y) - y" if pair.is_softmax else pair.delta, activation, target)
    delta = algebra.scaled(fused.scale, product)
    operator = "@" if pair.is_softmax or is_vector else "*"
    if slope == algebra.ONE:
        slope = algebra.eye(shape[0] * shape[1]) if is_vector else algebra.ones(shape)
    elif not pair.is_softmax and is_vector:
        slope = algebra.diag(slope)
    if layout is Layout.DENOMINATOR:
        return Derivation((slope, gradient), operator, delta, activation)
    turned = slope if operator == "@" else algebra.transpose(slope)  # as a matrix it is symmetric
    return Derivation((algebra.transpose(gradient), turned), operator, algebra.transpose(delta), activation)


def explain_fused(fused: Fused, plan: Plan, of: str, layout: Layout) -> str:
    """How the two factors become the one: what stands for each, and what cancels."""
    steps = derivation(fused, plan.shape(fused.z), layout)
    loss, a, z = (spell_name(name) for name in (of, fused.activation, fused.z))
    names = [f"∂{a}/∂{z}", f"∂{loss}/∂{a}"]
    sign = " · " if steps.operator == "@" else " ⊙ "
    product = sign.join(_bracketed(factor) for factor in steps.factors)
    named = sign.join(names if layout is Layout.DENOMINATOR else names[::-1])
    delta, because = spell(steps.delta, Spelling.PAPER), fused.pair.because
    if fused.pair.axis is not None:
        lines, target = ("column", "row")[fused.pair.axis], spell(fused.target, Spelling.PAPER)
        return (f"Two factors in one, ∂{loss}/∂{z} = {named}, for each sample by itself: with a and y for its {lines} "
                f"of {a} and of {target}, as columns, {product} = {delta}, because {because}.")  # fmt: skip
    if "a" in because.split():
        because = f"with a for {spell(steps.activation, Spelling.PAPER)}, {because}"
    return f"Two factors in one: ∂{loss}/∂{z} = {named} = {product} = {delta}, because {because}."


def _bracketed(node: Node) -> str:
    text = spell(node, Spelling.PAPER)
    return f"({text})" if isinstance(node, Binary | Negate) else text

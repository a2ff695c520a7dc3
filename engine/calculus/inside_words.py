"""What is said about the parts of a step: which line of which matrix, and why its terms are what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.calculus.entries import Operand, StepEntries, Summed
from engine.calculus.entry_names import index_text
from engine.calculus.jacobians import Diagonal, Identity, Jacobian, Kronecker
from engine.calculus.layouts import Arrangement, Layout, Operation, Order, Side, spell_size
from engine.calculus.pictures import Shown
from engine.calculus.places import Place, cuts
from engine.calculus.typeset import fraction, index_names, spell_cell
from engine.formula import Spelling, spell
from engine.formula.printer import spell_name
from engine.formula.syntax import Name, Transpose

if TYPE_CHECKING:
    from engine.calculus.products import Product
    from engine.calculus.steps import Step

MAX_OPERAND = 24
"""Characters of the longest formula that a matrix is called by in a sentence."""
MAX_NUMBERS = 12
"""Entries of the largest matrix that is written in a line."""


# ---- matrix products -------------------------------------------------------------------------------------------------


def product(names: StepEntries, place: Place, total: Summed, factor: Operand) -> str:
    """Why this row and this column, and why the terms that are zero are."""
    step = names.step
    if step.operation is Operation.OUTER or (step.factor.picture.places is None and len(factor.values) == 1):
        return _outer_product(step)
    if step.factor.picture.places is None:
        lines, (of, by) = _lines(step, place), _ends(names, place)
        ways = f"one for each entry of {spell_name(step.factor.numerator)} through which {by} changes {of}"
        return f"{lines[0]} times {lines[1]}, and the products are added: {ways}.{_untransposed(step, place)}"
    y, x = _ends(names, place)
    why = _one_term(names, total, factor) or _all_terms(names, factor, y, x)
    return why + _untransposed(step, place)


def _outer_product(step: Step) -> str:
    """A column times a row."""
    assert step.before is not None
    pair = [(_called(step).removesuffix("ᵀ"), step.factor.shape), (_so_far(step), step.before.shape)]
    (left, first), (right, second) = pair if step.side is Side.LEFT else pair[::-1]
    return (f"{spell_size(first)} · {spell_size(second)}: the dimension between them is 1, so each sum has one term. "
            f"An outer product has all pairs: entry [i,j] is entry i of {left} times entry j of {right}.")  # fmt: skip


def _ends(names: StepEntries, place: Place) -> tuple[str, str]:
    """The entries at the two ends of a sum: `L` and `a2[1]`."""
    step = names.step
    places = step.joining.after.places
    assert places is not None
    y, x = places.at(place)
    chain = step.product
    return _spelled(names.entry(chain.of, chain.of_shape, y)), _spelled(names.entry(chain.name, chain.shape, x))


def _all_terms(names: StepEntries, factor: Operand, of: str, by: str) -> str:
    """The chain rule in a sentence: one term for each way from the one end to the other."""
    step, jacobian = names.step, names.step.factor.jacobian
    assert jacobian is not None
    middle_name, shape = _middle(step, jacobian)
    index = index_names(shape, "kl")
    middle = f"{middle_name}[{index}]" if index else middle_name
    line = _line_of(step, factor.line)
    if step.order is Order.REVERSE:
        holds, other = f"∂{middle}/∂{by}", f"∂{of}/∂{middle}"
    else:
        holds, other = f"∂{of}/∂{middle}", f"∂{middle}/∂{by}"
    every = f" for every {index}" if index else ""
    ways = f"one term for each {middle} through which {by} changes {of}" if index else "one term, as it is a number"
    return f"{line} holds {holds}{every}; each is multiplied by {other}, and the products are added: {ways}."


def _one_term(names: StepEntries, total: Summed, factor: Operand) -> str:
    """How a sum collapses where the factor is zero by structure."""
    step, jacobian = names.step, names.step.factor.jacobian
    if not total.zeros or jacobian is None:
        return ""
    line, places = _line_of(step, factor.line), step.factor.picture.places
    assert places is not None
    count = total.zeros + total.skipped + len(total.terms)
    if isinstance(jacobian, Diagonal | Identity) and len(total.terms) == 1:
        y, x = places.at(factor.place(total.kept[0]))
        reached = _spelled(names.entry(step.factor.numerator, jacobian.y, y))
        by = _spelled(names.entry(step.factor.denominator, jacobian.x, x))
        collapsed = _collapsed(step, jacobian)
        return (f"{line} is zero but on the diagonal, because {by} reaches {reached} alone: one term is left"
                f"{_blocked(factor.values[total.kept[0]])}. {collapsed}")  # fmt: skip
    if not total.terms:
        return f"{line} is zero, whatever the numbers."
    left = "one is" if count - total.zeros == 1 else f"{count - total.zeros} are"
    y, x = places.at(factor.place(0))
    if step.order is Order.REVERSE:
        by = _spelled(names.entry(step.factor.denominator, jacobian.x, x))
        alone = f"{by} reaches no other entry of {spell_name(step.factor.numerator)}"
    else:
        reached = _spelled(names.entry(step.factor.numerator, jacobian.y, y))
        alone = f"{reached} depends on no other entry of {spell_name(step.factor.denominator)}"
    return f"{line} has {count} entries, and {left} left: the others are zero whatever the numbers, because {alone}."


def _blocked(slope: float) -> str:
    """What a slope of zero does, that of a ReLU which is off."""
    return ", and it is 0, because the slope is 0 here: nothing passes" if slope == 0 else ""


def _collapsed(step: Step, jacobian: Diagonal | Identity) -> str:
    if isinstance(jacobian, Identity):
        return "With a 1 there, the product stays as it is."
    vector = spell(jacobian.vector_formula(), Spelling.PAPER)
    pair = ("v", _so_far(step)) if step.side is Side.LEFT else (_so_far(step), "v")
    stacked = "" if 1 in jacobian.y else ", stacked by vec"
    return f"Over all entries that is {pair[0]} ⊙ {pair[1]}, with v = {vector}{stacked}."


def _middle(step: Step, jacobian: Jacobian) -> tuple[str, tuple[int, int]]:
    """The value that the factor and the product so far have in common."""
    if step.order is Order.REVERSE:
        return spell_name(step.factor.numerator), jacobian.y
    return spell_name(step.factor.denominator), jacobian.x


def _lines(step: Step, place: Place) -> tuple[str, str]:
    """`Row 1 of W3ᵀ` and `column 0 of ∂L/∂z3`."""
    labels = (_called(step), _so_far(step))
    left, right = labels if step.side is Side.LEFT else labels[::-1]
    return f"Row {place[0]} of {left}", f"column {place[1]} of {right}"


def _line_of(step: Step, line: tuple[int | None, ...]) -> str:
    """`Row 1 of W3ᵀ`, or the column where the factor stands on the right."""
    row, column = line
    return f"Row {row} of {_called(step)}" if column is None else f"Column {column} of {_called(step)}"


def _untransposed(step: Step, place: Place) -> str:
    """Where a row of Wᵀ stands in W."""
    node = step.factor.node
    if not (isinstance(node, Transpose) and isinstance(node.operand, Name)) or 1 in step.factor.shape:
        return ""
    lines = ("row", "column") if step.side is Side.LEFT else ("column", "row")
    number = place[0] if step.side is Side.LEFT else place[1]
    name = spell_name(node.operand.name)
    return f" {lines[0].capitalize()} {number} of {name}ᵀ is {lines[1]} {number} of {name}."


def _called(step: Step) -> str:
    """The factor as its formula where that is short, else as the derivative that it is."""
    operand = step.factor.operand
    if len(operand) <= MAX_OPERAND:
        return operand
    return fraction(step.factor.numerator, step.factor.denominator)


def _so_far(step: Step) -> str:
    assert step.upstream is not None
    name = step.by if step.order is Order.FORWARD else step.upstream.name
    text = fraction(step.upstream.of, name)
    return f"({text})ᵀ" if step.joining.is_turned else text


def _spelled(entry: str) -> str:
    name, bracket, index = entry.partition("[")
    return spell_name(name) + bracket + index


# ---- everything else -------------------------------------------------------------------------------------------------


def transposed_place(names: StepEntries, place: Place) -> str:
    """Where the derivative by W[0,1] stands: in numerator layout at [1,0], and stacked by vec somewhere else."""
    step, places = names.step, names.step.joining.after.places
    assert places is not None
    if places.kind is Arrangement.FLAT and places.only is None and 1 not in step.product.shape:
        position = places.at(place)[1]
        by = names.entry(step.product.name, step.product.shape, position)
        return (
            f" Stacked column by column, {_spelled(by)} is number {position} of vec({spell_name(step.product.name)})."
        )
    if places.kind is not Arrangement.GRADIENT or step.layout is Layout.DENOMINATOR or 1 in step.after.shape:
        return ""
    row, column = place
    if row == column:
        return ""
    by = names.entry(step.product.name, step.product.shape, places.at(place)[1])
    return (f" In numerator layout the derivative by {_spelled(by)}, in row {column} and column {row} of "
            f"{spell_name(step.product.name)}, stands in row {row} and column {column}.")  # fmt: skip


def hadamard(names: StepEntries, place: Place) -> str:
    """Why one number times one number."""
    step, jacobian = names.step, names.step.factor.jacobian
    assert step.before is not None
    if not isinstance(jacobian, Diagonal | Identity):
        middle = spell_name(_middle(step, jacobian)[0]) if jacobian is not None else ""
        return f"{middle} is a number, so the sum over it has one term, and its derivative scales every entry."
    assert jacobian is not None
    position = names.own_position(place, jacobian.x)
    reached = _spelled(names.entry(step.factor.numerator, jacobian.y, position))
    by = _spelled(names.entry(step.factor.denominator, jacobian.x, position))
    slope = float(step.factor.window(*cuts(place)).item())
    return (f"{by} reaches {reached} alone, so its line of the diagonal matrix is zero but on the diagonal: one term "
            f"is left of the sum{_blocked(slope)}.")  # fmt: skip


def first(names: StepEntries, place: Place) -> str:
    """What stands in the first factor."""
    of, by = _ends(names, place)
    return f"The first factor is the product so far, and nothing is multiplied: how much {of} moves when {by} does."


def tensor_slice(names: StepEntries, k: int, after: Shown) -> str:
    """What is not zero in a slice, and where it goes."""
    step, jacobian = names.step, names.step.factor.jacobian
    assert jacobian is not None
    x = spell_name(step.factor.denominator)
    reached = _spelled(names.entry(step.factor.numerator, jacobian.y, k))
    added = "the new product shows what the slices up to this one add up to."
    if isinstance(jacobian, Kronecker) and (jacobian.left is None) is not (jacobian.right is None):
        is_row, term = jacobian.left is None, jacobian.right or jacobian.left
        assert term is not None
        own = "row" if is_row else "column"
        is_flipped = step.layout is Layout.NUMERATOR
        there = ("column" if is_row else "row") if is_flipped else own
        vector = spell(term.node if is_flipped else jacobian.algebra.transpose(term.node), Spelling.PAPER)
        index = int(index_text(k, jacobian.y) or 0)
        of_transposed = f" (of {x}ᵀ: {there} {index})" if is_flipped else ""
        return (f"{reached} reads {own} {index} of {x} alone{of_transposed}, so the slice ∂{reached}/∂{x} is zero but "
                f"for {there} {index}, which holds {vector}. Times ∂{step.product.of}/∂{reached} it is {there} {index} "
                f"of the gradient; {added}")  # fmt: skip
    size = spell_size(after.shape)
    return f"The slice ∂{reached}/∂{x}, {size}, times one number, ∂{step.product.of}/∂{reached}; {added}"


def contraction(names: StepEntries, place: Place, total: Summed) -> str:
    """Which terms of the sum over slices are left."""
    step, jacobian = names.step, names.step.factor.jacobian
    assert jacobian is not None
    of, by = _ends(names, place)
    middle, shape = _middle(step, jacobian)
    index = index_names(shape, "kl")
    if not index:
        return f"{middle} is a number, so the sum over it has one term."
    if total.zeros and len(total.terms) == 1 and step.order is Order.REVERSE:
        kept = _spelled(names.entry(step.factor.numerator, jacobian.y, total.kept[0]))
        outer = _outer(step, jacobian)
        return f"{by} reaches {kept} alone: in every other slice its entry is zero, and one term is left{outer}."
    left = f"; {total.zeros} of {total.zeros + total.skipped + len(total.terms)} terms are zero" if total.zeros else ""
    return f"The sum over {index} has one term for each {middle}[{index}] through which {by} changes {of}{left}."


def _outer(step: Step, jacobian: Jacobian) -> str:
    """The outer product whose entry the one term is."""
    if not (isinstance(jacobian, Kronecker) and jacobian.left is None and jacobian.y[1] == 1):
        return ""
    if jacobian.right is None or not step.product.has_gradient:
        return ""
    operand, so_far = spell(jacobian.right.node, Spelling.PAPER), _so_far(step)
    outer = f"({so_far}) {operand}ᵀ" if step.layout is Layout.DENOMINATOR else f"{operand} ({so_far})"
    return f". Over all entries that is the outer product {outer}"


def sample(names: StepEntries, n: int, count: int) -> tuple[str, str]:
    """The equation and the words for what one sample adds."""
    step = names.step
    so_far, operand = _so_far(step), _called(step)
    labels = (operand, so_far) if step.side is Side.LEFT else (so_far, operand)
    name = fraction(step.product.of, step.product.name)
    if step.operation is Operation.SUM:
        line = f"column {n}" if step.side is Side.RIGHT else f"row {n}"
        equation = f"{name} += {line} of {so_far}"
        text = f"Every sample reads the same {spell_name(step.product.name)}, so what each of them says is added"
    else:
        equation = f"{name} += column {n} of {labels[0]} · row {n} of {labels[1]}"
        text = f"A column times a row is an outer product: what sample {n} says about {spell_name(step.product.name)}"
    rest = "this is all of them" if n + 1 == count else f"{n + 1} of {count} are added up"
    return equation, f"{text}. In the new product {rest}."


def through(step: Step, product: Product) -> str:
    """By which way a path comes."""
    leg = product.leg
    if leg.jacobian is None:
        return "the paths before"
    return spell_name(leg.numerator if step.order is Order.REVERSE else leg.denominator)


def whole(step: Step) -> str:
    """`∂L/∂a1`."""
    return fraction(step.product.of, step.by)


def path(names: StepEntries, through: list[str], number: int) -> str:
    """What a path gives."""
    step = names.step
    if number == 0:
        return f"{whole(step)} as it comes through {through[0]} alone, as if it were read nowhere else."
    return f"And as it comes through {through[1]} alone. A change goes both ways at once, so the two are added."


def path_entry(names: StepEntries) -> str:
    """Why entries of paths are added."""
    by = spell_name(names.step.product.name)
    return f"{by} is read in both places, so each entry is the sum of what comes through the one and the other."


def small(shown: Shown) -> str:
    """A matrix in a line, row by row, if it is small: `[0.15, -0.07; 0.20, 0.30]`."""
    if len(shown.shape) != 2 or shown.shape[0] * shown.shape[1] > MAX_NUMBERS:
        return ""
    rows = shown.window(slice(None), slice(None)).tolist()
    return "[" + "; ".join(", ".join(spell_cell(value) for value in row) for row in rows) + "]"

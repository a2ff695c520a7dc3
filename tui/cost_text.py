"""What a derivation costs, as text: both orders side by side, and in words why one goes backwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.calculus import ALL
from engine.calculus.cost import Cost, Costs, costs
from engine.calculus.layouts import Order
from engine.calculus.typeset import fraction
from engine.diagnostics import display_width
from engine.session import State

BYTES = 8
"""Of one number."""


def cost_text(state: State, width: int) -> Iterator[str]:
    """Lines no wider than `width`: the two tables, side by side where they fit, then what they say."""
    view = state.view
    found = costs(state.program, view.target, view.of)
    here = state.current.factor.name if state.current is not None else ""
    reverse = list(_table(f"Reverse: from {view.of} back", found.reverse, here, view.order is Order.REVERSE))
    forward = list(_table(f"Forward: from {_target(view.target)} on", found.forward, here, view.order is Order.FORWARD))
    left = max(map(display_width, reverse))
    if left + 5 + max(map(display_width, forward)) <= width:
        depth = max(len(reverse), len(forward))
        reverse += [""] * (depth - len(reverse))
        forward += [""] * (depth - len(forward))
        for one, other in zip(reverse, forward, strict=True):
            yield f"{one}{' ' * (left - display_width(one))}  │  {other}".rstrip()
    else:
        yield from (*reverse, "", *forward)
    yield ""
    yield from cost_words(state, found)


def _target(target: str) -> str:
    return "the parameters" if target == ALL else target


def _table(title: str, rows: Sequence[Cost], here: str, is_order: bool) -> Iterator[str]:
    """`▸` stands before the factor that was joined last."""
    yield title + (" ▸ on the screen" if is_order else "")
    names = [_name(row) for row in rows]
    size = max(6, *map(display_width, names))
    yield f"  {'factor'.ljust(size)}  {'multiplied':>11}  {'as a matrix':>12}  {'carried on':>11}"
    for name, row in zip(names, rows, strict=True):
        mark = "▸" if is_order and row.factor == here else " "
        cells = f"{row.multiplications:>11,}  {row.explicit:>12,}  {row.memory:>11,}"
        yield f"{mark} {name}{' ' * (size - display_width(name))}  {cells}"
    totals = (sum(row.multiplications for row in rows), sum(row.explicit for row in rows))
    largest = max(row.memory for row in rows)
    yield f"  {'total'.ljust(size)}  {totals[0]:>11,}  {totals[1]:>12,}"
    yield f"  at most {largest:,} numbers carried on, {_bytes(largest)}"


def _name(row: Cost) -> str:
    numerator, denominator = row.factor.split("/")
    return fraction(numerator[1:], denominator[1:])


def _bytes(entries: int) -> str:
    size = float(entries * BYTES)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def cost_words(state: State, found: Costs) -> Iterator[str]:
    """Why one goes backwards; or where it makes no difference, or is the other way round."""
    view, plan = state.view, state.program.plan
    of, target = view.of, _target(view.target)
    rows, columns = plan.shape(of)
    outputs = rows * columns
    names = state.program.parameters if view.target == ALL else (view.target,)
    inputs = sum(plan.shape(name)[0] * plan.shape(name)[1] for name in names)
    back, on = found.reverse_total, found.forward_total
    by = "(parameters)" if view.target == ALL else target
    yield (f"Reverse carries ∂{of}/∂v on: as many numbers as v has entries, times {outputs:,}, the entries of {of}. "
           f"Forward carries ∂v/∂{by} on: as many as v has entries, times {inputs:,}, the entries of "
           f"{target}.")  # fmt: skip
    if back < on:
        times = f", {on / back:.3g} times as many" if back else ""
        yield f"So reverse takes {back:,} multiplications and forward {on:,}{times}."
        yield ("That is why backpropagation goes backwards: a loss is one number and the weights are many. Backwards, "
               "what meets each factor is only a vector; forwards it is a matrix, with a column for every "
               "weight.")  # fmt: skip
    elif back == on:
        yield f"Both take {back:,} multiplications: here the order makes no difference."
    else:
        more = f"{of} has more entries than {target}" if outputs > inputs else f"the way on from {target} is shorter"
        yield (f"Here forward is cheaper, {on:,} multiplications instead of {back:,}: {more}. For a loss, which is one "
               f"number, and many weights it is the other way round.")  # fmt: skip
    yield ("“Multiplied” makes use of what a factor is made of: a diagonal multiplies entry by entry. “As a matrix” is "
           "the product with the explicit matrix, zeros and all. “Carried on” counts the numbers in the product after "
           "it.")  # fmt: skip

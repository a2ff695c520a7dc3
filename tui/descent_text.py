"""Gradient steps in words and as a table: what is subtracted from what, how it went, and the losses without a plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from engine.calculus import Layout
from engine.calculus.descent import Descent
from engine.calculus.layouts import spell_size
from engine.diagnostics import Diagnostic
from engine.formula import spell_name
from engine.session import State

MAX_STEPS = 10_000
"""Steps that are taken at once."""
BAR = 20
"""Columns of the longest bar."""
MAX_NAMES = 6
"""Parameters whose gradient norms are shown."""


def update_rule(state: State, rate: float, *, brief: bool = False) -> str:
    """What a gradient step does in this layout, said of one matrix; `brief` fits on a line."""
    plan = state.program.plan
    matrices = [name for name in state.program.parameters if 1 not in plan.shape(name)]
    uneven = [name for name in matrices if plan.shape(name)[0] != plan.shape(name)[1]]
    chosen = [name for name in (state.view.target, *uneven, *matrices) if name in matrices]
    name = (chosen or list(state.program.parameters) or ["W"])[0]
    of = spell_name(state.view.of)
    if not chosen:
        return f"{name} ← {name} − {rate:g} ∂{of}/∂{name}, for every parameter."
    shape = plan.shape(name)
    own, turned = spell_size(shape), spell_size(shape[::-1])
    gradient = f"∂{of}/∂{name}"
    if brief and state.view.layout is Layout.NUMERATOR:
        return f"{name} ← {name} − {rate:g} ({gradient})ᵀ: {gradient} is {turned}, so it is transposed"
    if brief:
        return f"{name} ← {name} − {rate:g} {gradient}: {gradient} is {own}, as {name} is"
    if state.view.layout is Layout.NUMERATOR:
        return (f"{name} ← {name} − {rate:g} ({gradient})ᵀ, for every parameter: in numerator layout {gradient} is "
                f"{turned} and {name} is {own}, so the gradient must be transposed first.")  # fmt: skip
    return (f"{name} ← {name} − {rate:g} {gradient}, for every parameter: in denominator layout {gradient} is {own}, "
            f"as {name} is, and nothing is transposed.")  # fmt: skip


def read_rate(text: str) -> float:
    """The rate that is typed; raises a Diagnostic `bad_value`."""
    try:
        rate = float(text.strip().replace("−", "-"))
    except ValueError:
        rate = math.nan
    if not (math.isfinite(rate) and rate > 0):
        raise Diagnostic("bad_value", f"the rate is a number above 0, such as 0.1, and not {text.strip() or 'empty'}")
    return rate


def read_count(text: str) -> int:
    """The number of steps that is typed; raises a Diagnostic `bad_value`."""
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= MAX_STEPS):
        raise Diagnostic(
            "bad_value", f"the number of steps is a whole number from 1 to {MAX_STEPS}, and not {text or 'empty'}"
        )
    return int(text)


def outcome(descent: Descent, count: int, problem: Diagnostic | None) -> str:
    """How many steps were taken, what became of the loss, and why there are no more."""
    done, of = descent.count, spell_name(descent.of)
    if done == 0 and problem is not None:
        return f"no step can be taken: {problem.message}. Try a rate smaller than {descent.rate:g}."
    first, last = descent.losses[0], descent.losses[-1]
    steps = f"{done} step{'s' * (done != 1)}"
    text = f"{steps} with rate {descent.rate:g}: {of} {first:.6g} → {last:.6g}."
    if problem is not None:
        text += f" Then it diverges: {problem.message}. The last finite numbers are kept; try a smaller rate."
    elif done < count:
        text += f" Stopped before step {done + 1} of {count}; what was taken is kept."
    elif last > first:
        text += f" {of} has grown: the rate is too large for these numbers."
    return text


def shown_names(norms: Mapping[str, Sequence[float]]) -> list[str]:
    """The parameters whose norms are shown: all, or those with the largest, in their own order."""
    largest = sorted(norms, key=lambda name: max(norms[name], default=0.0), reverse=True)[:MAX_NAMES]
    return [name for name in norms if name in largest]


def table_lines(
    losses: Sequence[float], norms: Mapping[str, Sequence[float]], of: str, rows: int, width: int = 80
) -> list[str]:
    """The losses as a table with bars, and the norms of the gradients, at `rows` steps from the first to the last."""
    count = len(losses) - 1
    rows = max(2, min(rows, count + 1))
    picked = sorted({round(number * count / (rows - 1)) for number in range(rows)})
    finite = max(map(abs, losses)) or 1.0
    names = shown_names(norms)
    room = (width - 8 - 14 - BAR - 2) // 13
    names = names[: max(0, room)]
    head = f"{'step':>6}  {of:<12}{'':{BAR}}" + "".join(f"{f'|∂{of}/∂{name}|':>13}" for name in names)
    lines = [head.rstrip()]
    for step in picked:
        bar = "■" * max(1, round(BAR * abs(losses[step]) / finite))
        cells = "".join(f"{norms[name][step]:>13.4g}" if step < count else f"{'':13}" for name in names)
        lines.append(f"{step:>6}  {losses[step]:<12.6g}{bar:{BAR}}{cells}".rstrip())
    return lines

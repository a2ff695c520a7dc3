"""`derive`: the derivative of one value by another, one chain-rule factor at a time.

The order is that of reverse accumulation unless forward accumulation is asked for: from what is differentiated back to
the target, every value's gradient complete before it is used. Where a value is read in several places, each path is a
step, and adding the paths is a step of its own. Nothing is computed before somebody asks for it: a step knows its
shapes and formulas at once, and its numbers when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from engine.calculus.forms import Entry
from engine.calculus.forward import Tangent
from engine.calculus.layouts import Form, Layout, Order, spell_size
from engine.calculus.network import Network
from engine.calculus.products import Product
from engine.calculus.program import Program
from engine.calculus.route import ALL, Route, find_forward_route, find_route
from engine.calculus.steps import Display, Step
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula import Array, spell

_ENTRY, _FORWARD = Form.ENTRY, Order.FORWARD
"""Looking up a member of an enumeration takes Python 3.11 as long as making a step."""
Choice = TypeVar("Choice", Layout, Form, Order)


def derive(
    program: Program | Network,
    target: str = ALL,
    *,
    of: str | None = None,
    layout: Layout | str = Layout.DENOMINATOR,
    form: Form | str = Form.JACOBIAN,
    entry: Entry | None = None,
    fused: bool = False,
    order: Order | str = Order.REVERSE,
) -> Iterator[Step]:
    """The steps of ∂of/∂target: `of` is the loss unless given, `target` any value that it depends on, or `all`.

    `entry` chooses the W[i,j] of form `entry` (the first one unless given). `fused` joins ∂L/∂a and ∂a/∂z of the output
    to the one factor a − y where they simplify to it. `order` forward multiplies from the target on, one target after
    the other, and takes the output delta as its two factors. The first `next` runs the forward pass.

    Raises a Diagnostic `unknown_name`, `no_path` where `of` does not depend on the target, `bad_value` for a layout,
    a form or an entry that does not exist, `too_large`, and `not_differentiable`.
    """
    if isinstance(program, Network):
        program = program.program()
    layout, form, order = chosen(Layout, layout, "layout"), chosen(Form, form, "form"), chosen(Order, order, "order")
    route = find_route(program, of or program.plan.loss, target, fused=fused)
    if entry is not None:
        for name in route.labels:
            _check_entry(program, name, entry)
    entry = (entry or (0, 0)) if form is _ENTRY else None
    if order is _FORWARD:
        return _steps(program, _forward_routes(program, route), Tangent, layout, form, entry, order)
    return _steps(program, (route,), Product, layout, form, entry, order)


def chosen(kind: type[Choice], value: Choice | str, what: str) -> Choice:
    """`value` as a Layout, a Form or an Order; raises a Diagnostic `bad_value`."""
    if isinstance(value, kind):
        return value
    try:
        return kind(value)
    except ValueError:
        known = [str(member) for member in kind]
        hints = did_you_mean(value, known) or (f"there are: {', '.join(known)}",)
        raise Diagnostic("bad_value", f"there is no {what} called {value}", hints=hints) from None


def _check_entry(program: Program, target: str, entry: Entry) -> None:
    rows, columns = program.plan.shape(target)
    row, column = entry
    if not (0 <= row < rows and 0 <= column < columns):
        raise Diagnostic(
            "bad_value", f"{target} is {spell_size((rows, columns))} and has no entry [{row}, {column}]",
            hints=(f"rows 0 to {rows - 1}, columns 0 to {columns - 1}",),
        )  # fmt: skip


def _forward_routes(program: Program, route: Route) -> list[Route]:
    """A route for each target, which are found before the first step is taken."""
    routes: list[Route] = []
    for label in route.labels.values():
        start = sum(len(found.legs) for found in routes)
        routes.append(find_forward_route(program, route.of, label, start=start))
    return routes


def _steps(
    program: Program,
    routes: Iterable[Route],
    kind: type[Product],
    layout: Layout,
    form: Form,
    entry: Entry | None,
    order: Order,
) -> Iterator[Step]:
    """The steps along the routes, each with the product that it continues."""
    values = program.values
    products: list[Product] = []
    for route in routes:
        known = route.joinings.setdefault((layout, form), {})
        display = Display(layout, form, entry, order, known)
        for leg in route.legs:
            before = None if leg.upstream is None else products[leg.upstream]
            addend = None if leg.addend is None else products[leg.addend]
            product = kind(route, leg, values, before, addend)
            products.append(product)
            yield Step(leg, product, display, known.get(leg.index))


def with_gradient(program: Program, target: str, *, of: str | None = None) -> Program:
    """The program with one more line, the gradient ∂of/∂target as a formula, so that it can be derived again.

    The line is called `g_W2` for the target W2, and has W2's shape: `derive(with_gradient(program, "W2"), "W3",
    of="g_W2")` steps through that block of the Hessian. `of` must be a scalar. Raises what `derive` raises.
    """
    of = of or program.loss
    *_, last = derive(program, target, of=of)
    formula = last.product.formula
    if formula is None:
        raise Diagnostic("no_gradient", f"{of} is not a number, so it has no gradient that could be derived again")
    return Program(
        [*program.plan.matrix_lines, f"g_{target} = {spell(formula)}"], program.plan.inputs, program.inputs,
        seed=program.seed, parameters=program.parameters, title=program.title,
        source_target=program.plan.source_target,
    )  # fmt: skip


def hessian(program: Program, first: str, second: str, *, of: str | None = None) -> Array:
    """The block ∂²of/∂vec(first) ∂vec(second)ᵀ: (entries of first)×(entries of second), both column-stacked."""
    again = with_gradient(program, first, of=of)
    *_, last = derive(again, second, of=f"g_{first}", layout=Layout.NUMERATOR, form=Form.VEC)
    return last.after.value


def gradients_of(program: Program, of: str | None = None) -> dict[str, Array]:
    """The gradient of a scalar by every parameter that it depends on, in the parameter's own shape."""
    steps = derive(program, of=of, layout=Layout.DENOMINATOR, form=Form.HADAMARD)
    return {
        step.target: step.product.array.reshape(program.values[step.target].shape) for step in steps if step.is_last
    }

"""`derive`: the derivative of one value by another, one chain-rule factor at a time.

The order is that of reverse accumulation: from what is differentiated back to the target, every value's gradient
complete before it is used. Where a value is read in several places, each path is a step, and adding the paths is a
step of its own. Nothing is computed before somebody asks for it: a step knows its shapes and formulas at once, and
its numbers when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from engine.calculus import algebra
from engine.calculus.forms import Entry, Joining, join
from engine.calculus.jacobians import Identity
from engine.calculus.layouts import Form, Layout, Operation, spell_size, unvec
from engine.calculus.network import Network
from engine.calculus.products import Product, Shown
from engine.calculus.program import Program
from engine.calculus.steps import Factor, Step
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula import Array
from engine.formula.shapes import MAX_ENTRIES
from engine.formula.syntax import Node

ALL = "all"
"""The target that stands for one whole backward pass: every parameter."""


def derive(
    program: Program | Network,
    target: str = ALL,
    *,
    of: str | None = None,
    layout: Layout | str = Layout.DENOMINATOR,
    form: Form | str = Form.JACOBIAN,
    entry: Entry | None = None,
) -> Iterator[Step]:
    """The steps of ∂of/∂target: `of` is the loss unless given, `target` any value that it depends on, or `all`.

    `entry` chooses the W[i,j] of form `entry` (the first one unless given). The first `next` runs the forward pass.

    Raises a Diagnostic `unknown_name`, `no_path` where `of` does not depend on the target, `bad_value` for a layout,
    a form or an entry that does not exist, `too_large`, and `not_differentiable`.
    """
    if isinstance(program, Network):
        program = program.program()
    layout, form = chosen(Layout, layout, "layout"), chosen(Form, form, "form")
    route = find_route(program, of or program.loss, target)
    return _Derivation(program, route, layout, form, entry).steps()


Choice = TypeVar("Choice", Layout, Form)


def chosen(kind: type[Choice], value: str, what: str) -> Choice:
    """`value` as a Layout or a Form; raises a Diagnostic `bad_value`."""
    try:
        return kind(value)
    except ValueError:
        known = [str(member) for member in kind]
        raise Diagnostic("bad_value", f"there is no {what} called {value}",
                         hints=did_you_mean(value, known) or (f"there are: {', '.join(known)}",)) from None  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """The part of a program between the targets and `of`."""

    of: str
    labels: Mapping[str, str]
    """The targets, each under the name that the user calls it by: x for a1 where the program says `a1 = x`."""
    order: tuple[str, ...]
    """The values whose gradients are completed on the way, in that order, without `of` itself."""
    consumers: dict[str, tuple[str, ...]]
    """For each of them, the lines on the way to `of` that read it."""


def find_route(program: Program, of: str, target: str) -> Route:
    """The values between `target` (or every parameter) and `of`; raises `unknown_name` or `no_path`."""
    lines = program.plan.lines
    known = (*program.plan.inputs, *lines)
    for name, what in ((of, "value"), (target, "value")):
        if name not in known and name != ALL:
            raise Diagnostic("unknown_name", f"the program has no {what} called {name}",
                             hints=did_you_mean(name, known) or (f"there are: {', '.join(known)}",))  # fmt: skip
    upstream = _dependencies(program, of)
    if target == ALL:
        wanted = tuple(name for name in program.parameters if name in upstream)
        missing = f"{of} depends on no parameter"
    else:
        wanted = (target,) if target in upstream else ()
        missing = f"{of} does not depend on {target}"
    if not wanted:
        near = [name for name in known if name in upstream and name != of]
        raise Diagnostic("no_path", f"{missing}, so there is no chain between them",
                         hints=(f"{of} depends on: {', '.join(near)}",) if near else ())  # fmt: skip
    consumers: dict[str, list[str]] = {}
    for line in lines.values():
        if line.name in upstream:
            for name in line.reads:
                consumers.setdefault(name, []).append(line.name)
    labels = {_behind_alias(program, name, consumers): name for name in wanted}
    between = _downstream(labels, consumers)
    position = {name: float(index) for index, name in enumerate(lines)}
    for name in program.plan.inputs:  # an input's gradient is complete just after its first reader's
        if name in between:
            position[name] = min((position[reader] for reader in consumers.get(name, ())), default=0.0) - 0.5
    order = sorted((name for name in known if name in between - {of}), key=lambda name: -position[name])
    return Route(
        of, labels, tuple(order),
        {name: tuple(reader for reader in reversed(consumers[name]) if reader in between) for name in order},
    )  # fmt: skip


def _downstream(names: Iterable[str], consumers: Mapping[str, Sequence[str]]) -> set[str]:
    """The names and everything that is computed from them."""
    found, waiting = set(names), list(names)
    while waiting:
        for reader in consumers.get(waiting.pop(), ()):
            if reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found


def _dependencies(program: Program, of: str) -> set[str]:
    """Everything that `of` is computed from, and itself."""
    found, waiting = {of}, [of]
    while waiting:
        line = program.plan.lines.get(waiting.pop())
        for name in line.reads if line else ():
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _behind_alias(program: Program, name: str, consumers: Mapping[str, Sequence[str]]) -> str:
    """The name under which an input goes through the program: a1 for x where `a1 = x` is all that reads x."""
    readers = consumers.get(name, ())
    is_alias = name in program.plan.inputs and len(readers) == 1 and readers[0] in program.plan.aliases
    return readers[0] if is_alias else name


class _Derivation:
    """The steps along a route, each product known by the value that it is the derivative by."""

    def __init__(self, program: Program, route: Route, layout: Layout, form: Form, entry: Entry | None) -> None:
        self.program, self.route, self.layout, self.form = program, route, layout, form
        self.of_shape = program.plan.shape(route.of)
        self.entries = {name: self._entry(name, entry) for name in route.labels}
        self.products: dict[str, Product] = {}
        self.count = 0

    def _entry(self, target: str, entry: Entry | None) -> Entry:
        shape = self.program.plan.shape(target)
        row, column = entry or (0, 0)
        if not (0 <= row < shape[0] and 0 <= column < shape[1]):
            raise Diagnostic(
                "bad_value", f"{target} is {spell_size(shape)} and has no entry [{row}, {column}]",
                hints=(f"rows 0 to {shape[0] - 1}, columns 0 to {shape[1] - 1}",),
            )  # fmt: skip
        return row, column

    def steps(self) -> Iterator[Step]:
        for name, target in zip(self.route.order, self._targets_ahead(), strict=True):
            self._check_size(name)
            readers = self.route.consumers[name]
            product: Product | None = None
            for reader in readers:
                is_last = name in self.route.labels and len(readers) == 1
                step = self._factor(target, reader, name, is_last=is_last)
                yield step
                if product is not None:
                    is_last = name in self.route.labels and reader == readers[-1]
                    step = self._sum(target, product, step.product, is_last=is_last)
                    yield step
                product = step.product
            assert product is not None
            self.products[name] = product
        if self.route.of in self.route.labels:
            yield self._itself()

    def _targets_ahead(self) -> list[str]:
        """For each value of the order, the next target that is completed, as the user calls it."""
        ahead, target = [], ""
        for name in reversed(self.route.order):
            target = self.route.labels.get(name, target)
            ahead.append(target)
        return ahead[::-1]

    def _next(self) -> int:
        self.count += 1
        return self.count - 1

    def _factor(self, target: str, numerator: str, denominator: str, *, is_last: bool) -> Step:
        """∂numerator/∂denominator, joined to ∂of/∂numerator."""
        program, of = self.program, self.route.of
        jacobian = program.plan.jacobian(numerator, denominator).in_layout(self.layout).bind(program.values)
        before = None if numerator == of else self.products[numerator]
        after = Product(
            of, self.of_shape, denominator, jacobian.x,
            lambda: jacobian.pull(before.array if before else self._seed()),
            self._gradient_formula(lambda: jacobian.pull_formula((before.formula if before else None) or algebra.ONE)),
        )  # fmt: skip
        entry = self.entries[denominator] if is_last and self.form is Form.ENTRY else None
        joining = join(self.form, jacobian, before, after, entry)
        factor = Factor(numerator, denominator, self.layout, jacobian.structure, joining.factor, jacobian)
        return Step(self._next(), target, self.form, factor, joining, before, after, is_last=is_last, entry=entry)

    def _sum(self, target: str, first: Product, second: Product, *, is_last: bool) -> Step:
        """The sum of two paths' products: a value that is read twice gets both gradients."""
        name = first.name
        after = Product(
            self.route.of, self.of_shape, name, first.shape,
            lambda: first.array + second.array,
            self._gradient_formula(lambda: self.program.plan.algebra.plus(
                first.formula or algebra.ONE, second.formula or algebra.ONE)),
        )  # fmt: skip
        entry = self.entries[name] if is_last and self.form is Form.ENTRY else None

        def show(product: Product) -> Shown:
            if entry:
                return product.entry(self.layout, *entry)
            return product.own(self.layout) if self.form is Form.HADAMARD else product.derivative(self.layout)

        joining = Joining(show(second), Operation.SUM, self.layout.side, show(first), show(after))
        factor = Factor(self.route.of, name, self.layout, "dense", joining.factor, None)
        return Step(self._next(), target, self.form, factor, joining, first, after, is_last=is_last, entry=entry)

    def _itself(self) -> Step:
        """∂of/∂of, the identity."""
        of = self.route.of
        jacobian = Identity(self.of_shape, self.of_shape, self.program.plan.algebra).in_layout(self.layout)
        after = Product(of, self.of_shape, of, self.of_shape, self._seed, None)
        entry = self.entries[of] if self.form is Form.ENTRY else None
        joining = join(self.form, jacobian, None, after, entry)
        factor = Factor(of, of, self.layout, jacobian.structure, joining.factor, jacobian)
        return Step(self._next(), of, self.form, factor, joining, None, after, is_last=True, entry=entry)

    def _seed(self) -> Array:
        """∂of/∂of: a one, or one unit matrix for each entry of `of`."""
        size = self.of_shape[0] * self.of_shape[1]
        return np.ones((1, 1)) if size == 1 else unvec(np.eye(size), self.of_shape)

    def _gradient_formula(self, compute: Callable[[], Node]) -> Callable[[], Node] | None:
        return compute if self.of_shape == (1, 1) else None

    def _check_size(self, name: str) -> None:
        """Refuse a derivative of one large matrix by another before anything is allocated."""
        rows, columns = self.program.plan.shape(name)
        size = self.of_shape[0] * self.of_shape[1] * rows * columns
        if size > MAX_ENTRIES:
            raise Diagnostic("too_large", f"∂{self.route.of}/∂{name} would have {size:,} entries, more than the "
                             f"{MAX_ENTRIES:,} that a value may have")  # fmt: skip

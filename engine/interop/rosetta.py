"""`rosetta`: one factor of a chain as other tools would give it, and how to turn what they give into chainstep's.

The order of the indices is each tool's own, and this is what is verified of it: PyTorch, JAX and SymPy are run by the
tests, which type the very code that stands here and rearrange what comes out. MATLAB and matrixcalculus.org are not
run; what is said of them is what their documentation says:

- MATLAB `jacobian(f, v)`: entry (i, j) is ∂f(i)/∂v(j), whether f and v are columns or rows; "the Jacobian of a scalar
  function is the transpose of its gradient", and `gradient(f, v)` is a column.
  https://www.mathworks.com/help/symbolic/sym.jacobian.html
- MATLAB `dlgradient(y, x)` has the size of x: the 1×2 example there has a 1×2 gradient.
  https://www.mathworks.com/help/deeplearning/ref/dlarray.dlgradient.html
- matrixcalculus.org has a "mixed layout": ∂(vᵀx)/∂x = v, ∂(Ax)/∂x = A, ∂tr(AX)/∂X = Aᵀ, and what it gives can be
  contracted "along the corresponding last axes" with a change of x. So the indices of y come before those of x.
  https://www.matrixcalculus.org/documentation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.calculus import Form, Layout, Step
from engine.calculus.program import Plan
from engine.diagnostics import Diagnostic
from engine.formula import Array, Shape, spell
from engine.formula.syntax import Name, Node, names_in, substitute
from engine.interop.axes import (
    X_INDICES,
    Y_INDICES,
    Axes,
    Rearrangement,
    chainstep_axes,
    index_order,
    rearrangement,
    shape_of,
    sizes_of,
)
from engine.interop.dialects import JAX, MATLAB, MATRIX_CALCULUS, SYMPY, TORCH, Dialect

STACKED = {Y_INDICES: "lk", X_INDICES: "ji"}
"""The indices of y and of x on one axis, columns stacked: vec."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A factor in one tool."""

    tool: str
    call: str
    """The function that gives it: `torch.func.jacrev`."""
    code: str
    """What to type, the program's names standing for arrays; the last line is the array."""
    axes: Axes
    """Which indices each axis of the array counts."""
    shape: tuple[int, ...]
    vector_shape: tuple[int, ...]
    """The shape where vectors have one dimension, as most people have them there; the same way leads to chainstep."""
    order: str
    """`∂z3[k]/∂a2[i] at [k, 0, i, 0]`, counted as the tool counts."""
    to_chainstep: Rearrangement
    """Turns the array (of either shape) into chainstep's."""
    is_run: bool
    """Whether the tests run this code, rather than trust the tool's documentation."""

    @property
    def numpy(self) -> str:
        """`to_chainstep` as NumPy code for the array J."""
        return self.to_chainstep.code("J", self.shape)


@dataclass(frozen=True, slots=True)
class Rosetta:
    """One factor in chainstep's layout and in the other tools."""

    index: int
    """The step's, counted from 0."""
    factor: str
    """`dz3/da2`."""
    line: str
    """What is differentiated: `z3 = W3 @ a2`."""
    by: str
    y_shape: Shape
    x_shape: Shape
    layout: Layout
    structure: str
    shape: tuple[int, ...]
    """Of the explicit matrix or tensor in this layout; in form `vec`, of the matrix over stacked columns."""
    order: str
    renditions: tuple[Rendition, ...]

    def __getitem__(self, call: str) -> Rendition:
        """The rendition of a call, such as `torch.func.jacrev`. Raises a KeyError."""
        for rendition in self.renditions:
            if rendition.call == call:
                return rendition
        raise KeyError(call)


@dataclass(frozen=True, slots=True)
class _Local:
    """The function whose Jacobian a factor is: y = formula, of x."""

    y: str
    x: str
    formula: Node
    plan: Plan
    is_constant: bool
    """Whether y does not change with x, as a mask does not."""

    @property
    def sizes(self) -> dict[str, int]:
        return sizes_of(self.plan.shape(self.y), self.plan.shape(self.x))

    def rank(self, name: str) -> int:
        return len(self.plan.shapes.names[name])

    def typed(self, dialect: Dialect) -> str | None:
        """The formula in a tool, or None where it has to be written as a function of one's own."""
        return dialect.spell(self.formula, self.plan.shapes)

    @property
    def is_number(self) -> bool:
        """Whether y is one number."""
        return self.plan.shape(self.y) == (1, 1)

    def is_vector(self, name: str) -> bool:
        return 1 in self.plan.shape(name)

    def axes(self, name: str) -> Axes:
        """One axis for each dimension that the value has in the program."""
        return tuple((Y_INDICES if name == self.y else X_INDICES)[: self.rank(name)])


def rosetta(step: Step) -> Rosetta:
    """The step's factor in PyTorch, JAX, SymPy, MATLAB and at matrixcalculus.org.

    It is compared as an explicit matrix or tensor, whatever the step's form; in form `vec`, as the matrix over stacked
    columns. Entries are counted by row and column, also of weights that the program calls by source and target.
    Raises a Diagnostic `no_factor` for a step that adds two paths, which has no Jacobian.
    """
    leg, plan = step.leg, step.product.route.plan
    if leg.jacobian is None:
        raise Diagnostic(
            "no_factor", f"step {step.index + 1} adds two paths to {leg.denominator}, and has no factor of its own",
            hints=("ask for the factors that it adds",),
        )  # fmt: skip
    formula = _formula(plan, leg.numerator, leg.denominator)
    local = _Local(leg.numerator, leg.denominator, formula, plan, leg.jacobian.structure == "zero")
    y, x = plan.shape(local.y), plan.shape(local.x)
    ours = chainstep_axes(y, x, step.layout, stacked=step.form is Form.VEC)
    return Rosetta(
        index=step.index,
        factor=step.factor.name,
        line=f"{local.y} = {spell(local.formula)}",
        by=local.x,
        y_shape=tuple(map(int, plan.shapes.names[local.y])),
        x_shape=tuple(map(int, plan.shapes.names[local.x])),
        layout=step.layout,
        structure=leg.jacobian.structure,
        shape=shape_of(ours, local.sizes),
        order=index_order(local.y, local.x, ours, local.sizes),
        renditions=tuple(_rendition(local, ours, found) for found in _found(local)),
    )


def value_in_layout(step: Step) -> Array:
    """What `to_chainstep` leads to: the step's factor as an explicit matrix or tensor, whatever the form."""
    jacobian = step.factor.jacobian
    if step.form is Form.VEC or jacobian is None:
        return step.factor.value
    return jacobian.dense()


def _formula(plan: Plan, y: str, x: str) -> Node:
    """The line of y as a function of x; where a fused factor skips a line, that line filled in."""
    expression = plan.lines[y].expression
    while x not in (read := names_in(expression)):
        skipped = {name: plan.lines[name].expression for name in read if x in _reads(plan, name)}
        expression = _filled_in(expression, skipped)
    return expression


def _reads(plan: Plan, name: str) -> tuple[str, ...]:
    return plan.lines[name].reads if name in plan.lines else ()


def _filled_in(expression: Node, formulas: Mapping[str, Node]) -> Node:
    return substitute(expression, lambda part: formulas.get(part.name) if isinstance(part, Name) else None)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a tool gives, before it is compared with chainstep."""

    tool: str
    call: str
    code: str
    axes: Axes
    is_run: bool = True
    first: int = 0
    """From which number the tool counts."""
    has_vectors: bool = False
    """Whether arrays of one dimension are usual there."""


def _rendition(local: _Local, ours: Axes, found: _Found) -> Rendition:
    sizes = local.sizes
    short = found.axes
    if found.has_vectors:
        of_vectors = [
            *(Y_INDICES if local.is_vector(local.y) else ""),
            *(X_INDICES if local.is_vector(local.x) else ""),
        ]
        short = tuple(axis for axis in found.axes if axis not in of_vectors or sizes[axis] > 1)
    return Rendition(
        found.tool, found.call, found.code, found.axes, shape_of(found.axes, sizes), shape_of(short, sizes),
        index_order(local.y, local.x, found.axes, sizes, first=found.first),
        rearrangement(found.axes, ours, sizes), found.is_run,
    )  # fmt: skip


def _found(local: _Local) -> Iterator[_Found]:
    yield from _torch(local)
    yield from _jax(local)
    yield from _sympy(local)
    yield from _matlab(local)
    yield from _matrix_calculus(local)


def _lambda(local: _Local, dialect: Dialect) -> str:
    """The function of x; where the tool has no spelling for it, `f` stands for one's own."""
    typed = local.typed(dialect)
    return "f" if typed is None else f"lambda {local.x}: {typed}"


def _torch(local: _Local) -> Iterator[_Found]:
    """Axes of y, then axes of x; `.grad` has those of x.

    https://docs.pytorch.org/docs/stable/generated/torch.autograd.functional.jacobian.html
    """
    function, x = _lambda(local, TORCH), local.x
    axes = local.axes(local.y) + local.axes(x)
    call = "torch.autograd.functional.jacobian"
    yield _Found("PyTorch", call, f"{call}({function}, {x})", axes, has_vectors=True)
    yield _Found("PyTorch", "torch.func.jacrev", f"torch.func.jacrev({function})({x})", axes, has_vectors=True)
    if local.is_number and not local.is_constant:  # of which there is no graph to go back through
        typed = local.typed(TORCH) or f"f({x})"
        lines = [f"{x} = {x}.detach().requires_grad_()", f"{local.y} = {typed}", f"{local.y}.backward()", f"{x}.grad"]
        yield _Found("PyTorch", ".grad", "\n".join(lines), local.axes(x), has_vectors=True)


def _jax(local: _Local) -> Iterator[_Found]:
    """As PyTorch. https://docs.jax.dev/en/latest/_autosummary/jax.jacobian.html"""
    function, axes = _lambda(local, JAX), local.axes(local.y) + local.axes(local.x)
    for call in ("jax.jacobian", "jax.jacfwd"):  # jax.jacobian is jax.jacrev
        yield _Found("JAX", call, f"{call}({function})({local.x})", axes, has_vectors=True)
    if local.rank(local.y) == 0:  # jax.grad takes no 1×1
        yield _Found("JAX", "jax.grad", f"jax.grad({function})({local.x})", local.axes(local.x), has_vectors=True)


def _sympy(local: _Local) -> Iterator[_Found]:
    """`diff` has the axes of x before those of y; `jacobian` is of vectors only, and is numerator layout.

    https://docs.sympy.org/latest/modules/tensor/array.html#derivatives-by-array
    """
    typed = local.typed(SYMPY) or f"f({local.x})"
    yield _Found("SymPy", "sympy.diff", f"diff({typed}, {local.x})", local.axes(local.x) + local.axes(local.y))
    if local.is_vector(local.y) and local.is_vector(local.x) and local.rank(local.x) == 2:
        vector = f"Matrix([{typed}])" if local.rank(local.y) == 0 else f"({typed})"
        yield _Found(
            "SymPy", "Matrix.jacobian", f"{vector}.jacobian({local.x})", (STACKED[Y_INDICES], STACKED[X_INDICES])
        )


def _matlab(local: _Local) -> Iterator[_Found]:
    """Vectors by vectors, so that a matrix is stacked by its columns first; there, indices count from 1."""
    typed = local.typed(MATLAB) or f"f({local.x})"
    x = local.x if local.is_vector(local.x) else f"{local.x}(:)"
    y = typed if local.is_vector(local.y) else f"reshape({typed}, [], 1)"
    stacked: Axes = (STACKED[Y_INDICES], STACKED[X_INDICES])
    yield _Found("MATLAB", "jacobian", f"jacobian({y}, {x})", stacked, is_run=False, first=1)
    if local.is_number:
        yield _Found("MATLAB", "gradient", f"gradient({typed}, {x})", (STACKED[X_INDICES], ""), is_run=False, first=1)
        code = f"dlfeval(@({local.x}) dlgradient({typed}, {local.x}), {local.x})"
        yield _Found("MATLAB", "dlgradient", code, tuple(X_INDICES), is_run=False, first=1)


def _matrix_calculus(local: _Local) -> Iterator[_Found]:
    """A vector is a column there, with one axis; which names are scalars, vectors and matrices is chosen on the site.

    Of a derivative with three or four axes it may say that it cannot be displayed.
    """

    def axes(name: str, indices: str) -> Axes:
        if not local.is_vector(name):
            return tuple(indices)
        return () if local.plan.shape(name) == (1, 1) else (STACKED[indices],)

    typed = local.typed(MATRIX_CALCULUS)
    if typed is not None:
        yield _Found("matrixcalculus.org", "d/dx", f"d/d{local.x} {typed}",
                     axes(local.y, Y_INDICES) + axes(local.x, X_INDICES), is_run=False, first=1)  # fmt: skip

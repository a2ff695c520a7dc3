"""Random formulas in which every shape fits and every argument lies where its function is defined."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracles.draws import Draw

Shape = tuple[int, ...]

SAFE = ["tanh", "sigmoid", "sin", "cos", "softplus", "relu", "leaky_relu", "elu", "silu", "gelu", "Phi", "phi", "abs",
        "huber_penalty", "clip", "identity", "σ", "np.tanh", "arctan", "sinh", "cosh", "expm1", "square"]  # fmt: skip
SLOPES = ["tanh'", "sigmoid'", "relu'", "softplus'", "silu'", "gelu'", "dsin", "cos'", "huber_penalty'", "Phi'", "phi'"]
LOSSES = ["half_squared_error", "squared_error", "mean_squared_error", "absolute_error", "huber",
          "sigmoid_cross_entropy"]  # fmt: skip
REDUCTIONS = ["sum", "mean", "max", "min", "norm", "var", "std", "logsumexp"]
DIMENSIONS = [1, 2, 3, 4, 5]


class Tree:
    """Formulas over names that are there already, and over new inputs where none fits."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.inputs: dict[str, Shape] = {}
        self.lines: dict[str, Shape] = {}

    def leaf(self, shape: Shape) -> str:
        """A name of this shape, or of its transpose."""
        found = [name for name, known in {**self.inputs, **self.lines}.items() if known == shape]
        turned = [f"{name}.T" for name, known in {**self.inputs, **self.lines}.items() if known == shape[::-1]]
        if (found or turned) and self.draw.chance(0.5):
            return self.draw.one(found or turned)
        return self.new(shape)

    def new(self, shape: Shape) -> str:
        name = f"p{len(self.inputs) + 1}"
        self.inputs[name] = shape
        return name

    def reading(self, name: str, shape: Shape) -> str:
        """A formula of this shape that reads the line `name`, whatever its shape."""
        rows, columns = self.lines[name]
        left = "" if rows == shape[0] and self.draw.chance(0.8) else f"{self.leaf((shape[0], rows))} @ "
        right = "" if columns == shape[1] and self.draw.chance(0.8) else f" @ {self.leaf((columns, shape[1]))}"
        return f"({left}{name}{right})" if left or right else name

    def matrix(self, shape: Shape, depth: int) -> str:
        """A formula of a matrix, a column, a row or a 1×1, in brackets where it needs them."""
        if depth <= 0:
            return self.leaf(shape)
        return self.draw.one(self._options(shape))(shape, depth - 1)

    def _options(self, shape: Shape) -> list[Callable[[Shape, int], str]]:
        rows, columns = shape
        options: list[Callable[[Shape, int], str]] = [
            self._pointwise, self._pointwise, self._slope, self._sum, self._sum, self._product, self._product,
            self._hadamard, self._quotient, self._power, self._negative, self._transpose, self._scaled, self._softmax,
            self._sliced, self._constant, self._written_out, self._larger, self._masked, self._kron, self._unstacked,
            self._chosen, self._without, self._joined, self._triangle, self._reshaped, self._solved, self._filled,
        ]  # fmt: skip
        if rows == columns > 1:
            options += [self._inverse, self._inverse, self._diag, self._power_of_matrix]
        if rows > 1 and columns > 1:
            options += [self._outer]
        if rows != columns:
            options += [self._pseudo_inverse]
        if sorted(shape) == [1, 3]:
            options += [self._cross, self._cross]
        if columns == 1:
            options += [self._column_of_everything]
        if 1 in shape:
            options += [self._reduced, self._reduced, self._reduced]
        if rows > 1 or columns > 1:
            options += [self._stacked, self._stacked]
        return options

    def _pointwise(self, shape: Shape, depth: int) -> str:
        return f"{self.draw.one(SAFE)}({self.matrix(shape, depth)})"

    def _slope(self, shape: Shape, depth: int) -> str:
        return f"{self.draw.one(SLOPES)}({self.matrix(shape, depth)})"

    def _stretched(self, shape: Shape, depth: int) -> str:
        """Of a shape that NumPy repeats to `shape`."""
        smaller = self.draw.one([shape, shape, (shape[0], 1), (1, shape[1]), (1, 1), ()])
        return self.matrix(smaller, depth) if smaller else self.scalar(depth)

    def _sum(self, shape: Shape, depth: int) -> str:
        parts = [self.matrix(shape, depth), self._stretched(shape, depth)]
        first, second = parts if self.draw.chance(0.5) else parts[::-1]
        return f"({first} {self.draw.one('+-')} {second})"

    def _hadamard(self, shape: Shape, depth: int) -> str:
        parts = [self.matrix(shape, depth), self._stretched(shape, depth)]
        first, second = parts if self.draw.chance(0.5) else parts[::-1]
        return self.draw.one([f"({first} * {second})", f"multiply({first}, {second})"])

    def _quotient(self, shape: Shape, depth: int) -> str:
        return f"({self.matrix(shape, depth)} / (1.5 + ({self._stretched(shape, depth)})**2))"

    def _product(self, shape: Shape, depth: int) -> str:
        inner = self.draw.one([size for size in DIMENSIONS if size not in shape])
        left, right = self.matrix((shape[0], inner), depth), self.matrix((inner, shape[1]), depth - 1)
        return self.draw.one([f"({left} @ {right})", f"np.dot({left}, {right})"])

    def _power(self, shape: Shape, depth: int) -> str:
        base = self.matrix(shape, depth)
        positive = f"(0.7 + ({base})**2)"
        return self.draw.one([
            f"({base})**2", f"({base})**3", f"{positive}**1.7", f"{positive}**-0.5", f"sqrt{positive}",
            f"log{positive}", f"exp(0.5 * {base})", f"{positive}**{self.leaf(())}", f"{positive}**{self.leaf((1, 1))}",
            f"({base})²", f"log1p{positive}", f"log2{positive}", f"log10{positive}", f"tan(tanh({base}))",
        ])  # fmt: skip

    def _negative(self, shape: Shape, depth: int) -> str:
        return f"(-{self.matrix(shape, depth)})"

    def _transpose(self, shape: Shape, depth: int) -> str:
        return f"({self.matrix(shape[::-1], depth)}).T"

    def _scaled(self, shape: Shape, depth: int) -> str:
        factor = self.scalar(depth) if self.draw.chance(0.5) else self.draw.one(["2", "0.3", "-1.5", "½"])
        return f"({factor} * {self.matrix(shape, depth)})"

    def _softmax(self, shape: Shape, depth: int) -> str:
        ways = ["{0}softmax({1}, axis=0)", "{0}softmax({1}, axis=-1)", "{0}softmax_cols({1})", "{0}softmax_rows({1})"]
        if 1 in shape:
            ways += ["{0}softmax({1})"]
        return self.draw.one(ways).format(self.draw.one(["", "log_"]), self.matrix(shape, depth))

    def _sliced(self, shape: Shape, depth: int) -> str:
        """A part of something larger."""
        before, after = [self.draw.integer(0, 2) for _ in shape], [self.draw.integer(0, 2) for _ in shape]
        larger = self.matrix(tuple(sum(sizes) for sizes in zip(before, shape, after, strict=True)), depth)
        cuts = [
            f"{start or ''}:{'' if rest == 0 else -rest if self.draw.chance(0.5) else start + size}"
            for start, size, rest in zip(before, shape, after, strict=True)
        ]
        if cuts[1] == ":" and self.draw.chance(0.5):
            cuts.pop()
        return f"({larger})[{', '.join(cuts)}]"

    def _constant(self, shape: Shape, depth: int) -> str:
        """Something beside a matrix of fixed numbers."""
        fixed = f"ones(({shape[0]}, {shape[1]}))"
        if shape[0] == shape[1]:
            fixed = f"eye({shape[0]})"
        return f"({self.matrix(shape, depth)} {self.draw.one('+-*')} 0.7 * {fixed})"

    def _inverse(self, shape: Shape, depth: int) -> str:
        return f"inv({self._regular(shape[0], depth)})"

    def _regular(self, size: int, depth: int) -> str:
        return f"(tanh({self.matrix((size, size), depth)}) + {size + 1} * eye({size}))"

    def _diag(self, shape: Shape, depth: int) -> str:
        return f"diag({self._vector(shape[0], depth)})"

    def _outer(self, shape: Shape, depth: int) -> str:
        return f"outer({self._vector(shape[0], depth)}, {self._vector(shape[1], depth - 1)})"

    def _vector(self, size: int, depth: int) -> str:
        """A column, a row, or what NumPy makes of either."""
        vector = self.matrix(self.draw.one([(size, 1), (size, 1), (1, size)]), depth)
        return self.draw.one(["{}", "{}", "ravel({})"]).format(vector)

    def _written_out(self, shape: Shape, depth: int) -> str:
        """Entry by entry, some of them formulas."""
        cells = [self.scalar(depth - 1) if self.draw.chance(0.3) else self.leaf(self.draw.one([(), (1, 1)]))
                 for _ in range(shape[0] * shape[1])]  # fmt: skip
        rows = [cells[start : start + shape[1]] for start in range(0, len(cells), shape[1])]
        return "([" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "])"

    def _larger(self, shape: Shape, depth: int) -> str:
        parts = [self.matrix(shape, depth), self.draw.one([self._stretched(shape, depth), "0"])]
        first, second = parts if self.draw.chance(0.5) else parts[::-1]
        return f"{self.draw.one(['maximum', 'minimum', 'np.maximum'])}({first}, {second})"

    def _masked(self, shape: Shape, depth: int) -> str:
        comparison = f"({self.matrix(shape, depth)} {self.draw.one(['<', '<=', '>', '>='])} {self.leaf(())})"
        return f"({self.matrix(shape, depth)} * {comparison})"

    def _chosen(self, shape: Shape, depth: int) -> str:
        """One of two values, by a comparison or by a mask."""
        mask = f"{self.matrix(shape, depth - 1)} {self.draw.one(['<', '<=', '>', '>='])} {self.leaf(())}"
        parts = [self.matrix(shape, depth), self._stretched(shape, depth - 1)]
        first, second = parts if self.draw.chance(0.5) else parts[::-1]
        return f"where({mask if self.draw.chance(0.7) else f'2 * ({mask})'}, {first}, {second})"

    def _without(self, shape: Shape, depth: int) -> str:
        """Something larger without one row or column."""
        axis = self.draw.integer(0, 1)
        larger = (shape[0] + 1, shape[1]) if axis == 0 else (shape[0], shape[1] + 1)
        place = self.draw.integer(-larger[axis], larger[axis] - 1)
        return f"delete({self.matrix(larger, depth)}, {place}, axis={axis})"

    def _joined(self, shape: Shape, depth: int) -> str:
        axis = self.draw.integer(0, 1)
        if shape[axis] == 1:
            return f"concatenate([{self.matrix(shape, depth)}], axis={axis})"
        cut = self.draw.integer(1, shape[axis] - 1)
        sizes = [(size, shape[1]) if axis == 0 else (shape[0], size) for size in (cut, shape[axis] - cut)]
        return f"concatenate([{', '.join(self.matrix(size, depth) for size in sizes)}], axis={axis})"

    def _triangle(self, shape: Shape, depth: int) -> str:
        return f"{self.draw.one(['tril', 'triu'])}({self.matrix(shape, depth)})"

    def _reshaped(self, shape: Shape, depth: int) -> str:
        count = shape[0] * shape[1]
        rows = self.draw.one([part for part in range(1, count + 1) if count % part == 0])
        size = self.draw.one([f"({shape[0]}, {shape[1]})", f"{shape[0]}, -1", f"(-1, {shape[1]})"])
        return f"reshape({self.matrix((rows, count // rows), depth)}, {size})"

    def _solved(self, shape: Shape, depth: int) -> str:
        return f"solve({self._regular(shape[0], depth)}, {self.matrix(shape, depth)})"

    def _filled(self, shape: Shape, depth: int) -> str:
        """Beside numbers that do not change with what they are like."""
        function = self.draw.one(["zeros_like", "ones_like"])
        return f"({self.matrix(shape, depth)} - 0.6 * {function}({self.matrix(shape, depth - 1)}))"

    def _power_of_matrix(self, shape: Shape, depth: int) -> str:
        return f"matrix_power(tanh({self.matrix(shape, depth)}), {self.draw.integer(1, 4)})"

    def _cross(self, shape: Shape, depth: int) -> str:
        return f"cross({self.matrix(shape, depth)}, {self.matrix(shape, depth - 1)})"

    def _kron(self, shape: Shape, depth: int) -> str:
        first = tuple(self.draw.one([part for part in range(1, size + 1) if size % part == 0]) for size in shape)
        second = shape[0] // first[0], shape[1] // first[1]
        return f"kron({self.matrix(first, depth)}, {self.matrix(second, depth)})"

    def _column_of_everything(self, shape: Shape, depth: int) -> str:
        rows = self.draw.one([part for part in range(1, shape[0] + 1) if shape[0] % part == 0])
        return f"vec({self.matrix((rows, shape[0] // rows), depth)})"

    def _unstacked(self, shape: Shape, depth: int) -> str:
        return f"unvec({self.matrix((shape[0] * shape[1], 1), depth)}, {shape[0]}, {shape[1]})"

    def _pseudo_inverse(self, shape: Shape, depth: int) -> str:
        """Of a matrix of full rank, far from any of less."""
        rows, columns = shape[::-1]
        unit = f"eye({max(shape)})[{f':, :{columns}' if rows > columns else f':{rows}'}]"
        return f"pinv(tanh({self.matrix((rows, columns), depth)}) + {rows + columns} * {unit})"

    def _reduced(self, shape: Shape, depth: int) -> str:
        """A sum or a mean down the rows or along the columns."""
        axis = self.draw.one([position for position, size in enumerate(shape) if size == 1])
        size = self.draw.one([size for size in DIMENSIONS if size not in shape])
        whole = self.matrix((size, shape[1]) if axis == 0 else (shape[0], size), depth)
        spelled = -1 if axis == 1 and self.draw.chance(0.3) else axis
        return f"{self.draw.one(REDUCTIONS)}({whole}, axis={spelled}, keepdims=True)"

    def _stacked(self, shape: Shape, depth: int) -> str:
        axis = self.draw.one([position for position, size in enumerate(shape) if size > 1])
        cut = self.draw.integer(1, shape[axis] - 1)
        parts = [
            self.matrix((size, shape[1]) if axis == 0 else (shape[0], size), depth)
            for size in (cut, shape[axis] - cut)
        ]  # fmt: skip
        return f"{'vstack' if axis == 0 else 'hstack'}([{', '.join(parts)}])"

    def scalar(self, depth: int) -> str:
        """A formula of one number."""
        if depth <= 0:
            return self.leaf(())
        return self.draw.one([
            self._whole, self._whole, self._norm, self._trace, self._det, self._entry, self._loss, self._arithmetic,
            self._sum_of_sums, self._trace_of_product, self._item,
        ])(depth - 1)  # fmt: skip

    def _any(self, depth: int) -> str:
        first, second = self.draw.distinct(2, 1, 5)
        return self.matrix((first, second), depth)

    def _whole(self, depth: int) -> str:
        whole = self.draw.one(["{}", "{}", "ravel({})", "vec({})"]).format(self._any(depth))
        return f"{self.draw.one(REDUCTIONS)}({whole})"

    def _item(self, depth: int) -> str:
        return f"item({self.matrix((1, 1), depth)})"

    def _sum_of_sums(self, depth: int) -> str:
        kinds = self.draw.one(REDUCTIONS), self.draw.one(REDUCTIONS)
        return f"{kinds[0]}({kinds[1]}({self._any(depth)}, axis={self.draw.integer(0, 1)}))"

    def _norm(self, depth: int) -> str:
        return f"norm({self._any(depth)})"

    def _trace(self, depth: int) -> str:
        size = self.draw.integer(2, 4)
        return f"trace({self.matrix((size, size), depth)})"

    def _trace_of_product(self, depth: int) -> str:
        first, second = self.draw.distinct(2, 2, 5)
        return f"trace({self.matrix((first, second), depth)} @ {self.matrix((second, first), depth - 1)})"

    def _det(self, depth: int) -> str:
        return f"({self.draw.one(['0.05', '0.02'])} * det({self._regular(self.draw.integer(2, 3), depth)}))"

    def _entry(self, depth: int) -> str:
        rows, columns = self.draw.distinct(2, 1, 5)
        place = self.draw.integer(-rows, rows - 1), self.draw.integer(-columns, columns - 1)
        return f"({self.matrix((rows, columns), depth)})[{place[0]}, {place[1]}]"

    def _loss(self, depth: int) -> str:
        first, second = self.draw.distinct(2, 1, 5)
        aim = self.draw.one([(first, second), (first, second), (first, 1), (1, second)])
        return f"{self.draw.one(LOSSES)}({self.matrix((first, second), depth)}, {self.leaf(aim)})"

    def _arithmetic(self, depth: int) -> str:
        left, right = self.scalar(depth), self.scalar(depth)
        return self.draw.one([
            f"({left} + {right})", f"({left} * {right})", f"({left} - {right})", f"({left} / (2 + ({right})**2))",
            f"tanh({left})", f"(-{left})", f"({left})**2", f"exp(tanh({left}))", f"log(1.2 + ({left})**2)",
        ])  # fmt: skip

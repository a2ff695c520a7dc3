"""Shape inference against NumPy itself, named dimensions, and the limits on size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from engine.formula import Dim, ShapeMap, compile_formula, parse, spell_dims, spell_shape
from engine.formula.dimensions import broadcast, matmul_shape
from engine.formula.lexer import MAX_LENGTH
from engine.formula.parser import MAX_DEPTH
from engine.formula.shapes import MAX_ENTRIES
from engine.formula.syntax import Binary, Call, Index, Name, Negate, Node, Number, Slice, Transpose

# ---- inference agrees with NumPy -----------------------------------------------------------------------------

BINARY = {
    "@": np.matmul, "*": np.multiply, "+": np.add, "-": np.subtract, "/": np.divide, "<": np.less, "==": np.equal,
}  # fmt: skip
REDUCTIONS = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}


def by_numpy(node: Node, values: dict[str, np.ndarray]) -> np.ndarray:
    """What NumPy says: a value, or the ValueError or IndexError that it raises."""
    match node:
        case Name(name):
            return values[name]
        case Number(value):
            return np.asarray(value)
        case Negate(operand):
            return -by_numpy(operand, values)
        case Transpose(operand):
            return by_numpy(operand, values).T
        case Binary(operator, left, right):
            return np.asarray(BINARY[operator](by_numpy(left, values), by_numpy(right, values)), dtype=np.float64)
        case Call(function, (operand,), keywords):
            axes = {key: value == Name("True") if key == "keepdims" else int(value.value) for key, value in keywords}
            value = by_numpy(operand, values)
            if value.ndim == 0 and "axis" in axes:
                raise ValueError("a scalar has no axis, though NumPy lets axis=0 pass")
            return np.asarray(REDUCTIONS[function](value, **axes))
        case Index(operand, items):
            place = tuple(slice(item.start, item.stop) if isinstance(item, Slice) else item for item in items)
            return np.asarray(by_numpy(operand, values)[place])
    raise AssertionError(node)


sizes = st.integers(1, 4)
any_shape = st.one_of(st.just(()), st.tuples(sizes), st.tuples(sizes, sizes), st.tuples(sizes, sizes))
NAMES = ("p", "q", "r", "s")
keywords = st.sampled_from([
    (), (("axis", Number(0.0)),), (("axis", Number(1.0)),), (("axis", Number(1.0)), ("keepdims", Name("True"))),
    (("keepdims", Name("True")),),
])  # fmt: skip
leading = st.builds(Slice, st.none() | st.just(0), st.none() | st.integers(1, 5))  # never empty


def _composed(part: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Binary, st.sampled_from(sorted(BINARY)), part, part),
        st.builds(Binary, st.sampled_from("@*"), part, part),
        st.builds(Transpose, part),
        st.builds(Negate, part),
        st.builds(Call, st.sampled_from(sorted(REDUCTIONS)), st.tuples(part), keywords),
        st.builds(Index, part, st.lists(st.integers(-4, 3) | leading, min_size=1, max_size=2).map(tuple)),
    )


formulas = st.recursive(st.builds(Name, st.sampled_from(NAMES)) | st.just(Number(2.0)), _composed, max_leaves=5)


@given(formulas, st.tuples(any_shape, any_shape, any_shape, any_shape))
def test_a_formula_has_the_shape_that_numpy_gives_it_and_is_refused_where_numpy_refuses(formula, of_names):
    random = np.random.default_rng(1)
    values = {name: random.uniform(0.5, 1.5, shape) for name, shape in zip(NAMES, of_names, strict=True)}
    shapes = ShapeMap(dict(zip(NAMES, of_names, strict=True)))
    with np.errstate(all="ignore"):
        try:
            wanted = by_numpy(formula, values)
        except (ValueError, IndexError):
            with pytest.raises(Diagnostic):
                shapes.of(formula)
            return
        assert shapes.of(formula) == wanted.shape
        np.testing.assert_allclose(compile_formula(formula, shapes)(values), wanted)


@pytest.mark.parametrize("operator", ["@", "*", "+", "-", "/", "<"])
@given(any_shape, any_shape)
def test_two_shapes_fit_an_operator_exactly_where_they_do_in_numpy(operator, left, right):
    rule = matmul_shape if operator == "@" else broadcast
    try:
        wanted = BINARY[operator](np.ones(left), np.ones(right)).shape
    except ValueError:
        with pytest.raises(ValueError):
            rule(left, right)
    else:
        assert rule(left, right) == wanted


def value_of(text: str, **values: np.ndarray) -> np.ndarray:
    shapes = ShapeMap({name: value.shape for name, value in values.items()})
    formula = parse(text)
    shape = shapes.of(formula, text)
    value = compile_formula(formula, shapes)(values)
    assert np.shape(value) == shape
    return value


@pytest.mark.parametrize("text, wanted", [("s W", (2, 3)), ("W s", (2, 3)), ("W x", (2, 1)), ("o W", (2, 3)),
                                          ("o r", (1, 4)), ("x o", (3, 1)), ("v v", ()), ("s s", ())])  # fmt: skip
def test_a_product_on_paper_scales_by_a_number_and_multiplies_matrices(text, wanted):
    values = {"s": (), "o": (1, 1), "W": (2, 3), "x": (3, 1), "r": (1, 4), "v": (5,)}
    assert value_of(text, **{name: np.full(shape, 0.5) for name, shape in values.items()}).shape == wanted


@pytest.mark.parametrize("text, wanted", [
    ("diag(x)", (3, 3)), ("diag(x.T)", (3, 3)), ("diag(v)", (5, 5)), ("outer(v, x)", (5, 3)), ("kron(W, x)", (6, 3)),
    ("vec(W)", (6, 1)), ("ravel(W)", (6,)), ("concat(1, v)", (6,)), ("eye(4)", (4, 4)), ("ones((2,))", (2,)),
    ("zeros((7, 2))", (7, 2)), ("commutation(2, 3)", (6, 6)), ("trace(W @ W.T)", ()), ("norm(W)", ()),
    ("item(W[0:1, 0:1])", ()), ("half_squared_error(x, 2 * x)", ()), ("squared_error(W, 1)", ()), ("any(W)", ()),
    ("all(W, axis=0)", (3,)), ("[[1, 2], [3, item(W[0:1, 1:2])]]", (2, 2)), ("eye(W.shape[1])", (3, 3)),
    ("ones((W.shape[0], x.shape[-1]))", (2, 1)),
])  # fmt: skip
def test_the_shape_of_a_structural_function_is_the_shape_of_its_value(text, wanted):
    values = {"W": (2, 3), "x": (3, 1), "v": (5,)}
    assert value_of(text, **{name: np.full(shape, 0.5) for name, shape in values.items()}).shape == wanted


# ---- named dimensions ----------------------------------------------------------------------------------------

N1, N2, N3 = Dim(4, "n1"), Dim(3, "n2"), Dim(2, "n3")
NAMED = {"W2": (N2, N1), "W3": (N3, N2), "a1": (N1, 1), "a2": (N2, 1), "a3": (N3, 1), "y": (N3, 1), "v": (N2,)}


@pytest.mark.parametrize(
    "text, dims",
    [
        ("W3 @ W2", "n3×n1"),
        ("W3.T", "n2×n3"),
        ("W3.T @ (a3 - y)", "n2×1"),
        ("relu(a2) * a2", "n2×1"),
        ("2 * a2", "n2×1"),
        ("W3 * (1, 1, 1)", "n3×n2"),
        ("W2.sum(axis=0)", "n1"),
        ("W2.sum(axis=1, keepdims=True)", "n2×1"),
        ("diag(a2)", "n2×n2"),
        ("outer(a3, v)", "n3×n2"),
        ("W2[:, 0:2]", "n2×2"),
        ("eye(W2.shape[1])", "n1×n1"),
    ],
)
def test_the_name_of_a_dimension_survives(text, dims):
    assert spell_dims(ShapeMap(NAMED).of(parse(text))) == dims


@pytest.mark.parametrize(
    "text, named",
    [("W2 @ a2", "n2×n1 times n2×1"), ("a3 @ W3", "n3×1 times n3×n2"), ("a2 - a3", "n2×1"), ("a2 * a3", "n3×1")],
)
def test_a_mismatch_names_the_dimensions_that_do_not_fit(text, named):
    with pytest.raises(Diagnostic) as caught:
        ShapeMap(NAMED).of(parse(text), text)
    assert any(named in note for note in caught.value.notes), caught.value.notes


def test_a_mismatch_without_names_speaks_of_sizes_alone():
    with pytest.raises(Diagnostic) as caught:
        ShapeMap({"W": (3, 4)}).of(parse("W @ W"))
    assert caught.value.message == "cannot multiply 3×4 by 3×4"
    assert caught.value.notes == ("the inner dimensions 4 and 3 differ",)


def test_a_named_dimension_is_a_number():
    assert Dim(3, "n2") == 3
    assert hash(Dim(3, "n2")) == hash(3)
    assert spell_shape((Dim(3, "n2"), 1)) == "3×1"


@pytest.mark.parametrize("shape, words", [((), "a scalar"), ((3,), "a NumPy vector of 3"), ((3, 2), "3×2")])
def test_a_shape_in_words(shape, words):
    assert spell_shape(shape) == words


# ---- where it goes wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, guilty",
    [
        ("W3 @ (a2 - a3) + W2 @ a3", "(a2 - a3)"),
        ("W2 @ a2 - W3 @ a3", "W2 @ a2"),
        ("relu(W3 @ a3)", "W3 @ a3"),
        ("W3 @ a2 - a2", "W3 @ a2 - a2"),
    ],
)
def test_the_innermost_then_leftmost_wrong_part_is_the_guilty_one(text, guilty):
    with pytest.raises(Diagnostic) as caught:
        ShapeMap(NAMED).of(parse(text), text)
    assert text[slice(*caught.value.where.span)] == guilty


def test_what_was_refused_once_is_refused_again():
    shapes, formula = ShapeMap(NAMED), parse("W2 @ a2")
    for _ in range(2):
        with pytest.raises(Diagnostic):
            shapes.of(formula)


# ---- limits --------------------------------------------------------------------------------------------------


def refused(text: str, **names: tuple[int, ...]) -> Diagnostic:
    with pytest.raises(Diagnostic) as caught:
        ShapeMap(names).of(parse(text), text)
    return caught.value


def test_a_value_of_as_many_entries_as_allowed_is_inferred_and_one_more_row_is_refused():
    rows = MAX_ENTRIES // 1000
    assert ShapeMap({}).of(parse(f"ones(({rows}, 1000))")) == (rows, 1000)
    problem = refused(f"1 + ones(({rows + 1}, 1000))")
    assert problem.code == "too_large"
    assert problem.where.text[slice(*problem.where.span)] == f"ones(({rows + 1}, 1000))"


@pytest.mark.parametrize("text", ["eye(1e9)", "kron(W, W)", "outer(W.ravel(), W.ravel())", "diag(vec(W))",
                                  "commutation(100, 100)", "vec(W) @ vec(W).T", "vec(W) + vec(W).T"])  # fmt: skip
def test_no_function_builds_more_than_the_allowed_entries(text):
    assert refused(text, W=(100, 101)).code in ("too_large", "bad_argument")


def test_a_formula_as_long_as_allowed_is_read_and_one_character_more_is_refused():
    assert parse("a".ljust(MAX_LENGTH)) == Name("a")
    with pytest.raises(Diagnostic) as caught:
        parse("a".ljust(MAX_LENGTH + 1))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: "a" + " + a" * (depth - 1),
        lambda depth: "a" + ".T" * (depth - 1),
        lambda depth: "(" * (depth - 1) + "a" + ")" * (depth - 1),
        lambda depth: "-" * (depth - 1) + "a",
        lambda depth: "a ** " * (depth - 1) + "a",
        lambda depth: "relu(" * (depth - 1) + "a" + ")" * (depth - 1),
    ],
)
def test_a_formula_as_deep_as_allowed_is_read_and_evaluated_and_one_level_more_is_refused(nested):
    text = nested(MAX_DEPTH)
    value_of(text, a=np.ones((1, 1)))
    with pytest.raises(Diagnostic) as caught:
        parse(nested(MAX_DEPTH + 1))
    assert caught.value.code == "too_large"

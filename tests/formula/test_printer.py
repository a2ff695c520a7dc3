"""Formulas to text and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formula import (
    FUNCTIONS,
    Pointwise,
    ShapeMap,
    Spelling,
    compile_formula,
    evaluate,
    parse,
    resolve,
    shapes_of,
    spell,
)
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice, Transpose, walk

POINTWISE = sorted(name for name, function in FUNCTIONS.items() if isinstance(function, Pointwise))

# ---- any formula that can be written, whether or not its shapes fit ------------------------------------------

names = st.builds(Name, st.sampled_from(["a3", "W2", "x", "delta3", "N", "b_hidden"]))
numbers = st.builds(Number, st.integers(0, 10**18).map(float) | st.floats(0, allow_infinity=False))
positive = st.builds(Number, st.integers(1, 9).map(float))
ends = st.none() | st.integers(-9, 9)
items = st.lists(st.integers(-9, 9) | st.builds(Slice, ends, ends), min_size=1, max_size=2).map(tuple)
axes = st.sampled_from([
    (), (("axis", Number(0.0)),), (("axis", Negate(Number(1.0))),),
    (("axis", Number(1.0)), ("keepdims", Name("True"))),
])  # fmt: skip
operators = st.sampled_from(["@", "*", "+", "-", "/", "**", "<", "<=", ">", ">=", "==", "!="])


def _composed(part: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    row = st.lists(part, min_size=1, max_size=3).map(tuple)
    written_shape = st.lists(positive, min_size=1, max_size=2).map(lambda sizes: Literal((tuple(sizes),), 2))
    return st.one_of(
        st.builds(Binary, operators, part, part),
        st.builds(Negate, part),
        st.builds(Transpose, part),
        st.builds(Call, st.sampled_from(POINTWISE), st.tuples(part), st.just(()), st.booleans()),
        st.builds(Call, st.sampled_from(["sum", "mean", "max"]), st.tuples(part), axes),
        st.builds(Call, st.sampled_from(["outer", "kron", "concat"]), st.tuples(part, part)),
        st.builds(Call, st.sampled_from(["ones", "zeros"]), st.tuples(written_shape)),
        st.builds(Call, st.just("ones"), st.just(()), st.tuples(st.tuples(st.just("shape"), written_shape))),
        st.builds(Call, st.just("eye"), st.tuples(positive)),
        st.builds(Index, part, items),
        st.builds(lambda part, axis: Index(Call("shape", (part,)), (axis,)), part, st.integers(0, 1)),
        st.builds(lambda row: Literal((row,), 1), row),
        st.builds(lambda rows: Literal(tuple(rows), 2), st.lists(row, min_size=1, max_size=3)),
    )


formulas = st.recursive(names | numbers, _composed, max_leaves=8)


@given(formulas)
def test_a_formula_in_numpy_spelling_parses_back_to_itself(formula):
    assert parse(spell(formula)) == formula


@pytest.mark.parametrize(
    "text",
    [
        "2ᵀ",
        "(2).T @ x",
        "(2 + 1).T",
        "[([5, 6])[0], 3]",
        "[([1])]",
        "((1,), 2)",
        "ones(shape=(3, 1))",
        "ones((3,))",
        "zeros([3, 1])",
        "(a < b) < c",
        "a < (b < c)",
        "(a ** b) ** c",
        "a ** (b ** c)",
        "(-a) ** 2",
        "-(a ** 2)",
        "a - (b - c)",
        "a / (b @ c)",
        "(a / b) @ c",
        "a @ (-b)",
        "--a",
        "(a + b).T[0, 1:]",
        "relu'(a + b).sum(axis=0, keepdims=True)",
        "X.shape[1]",
        "1e300 + 1e-300 + 1e16 + 0.1",
    ],
)
def test_a_written_formula_survives_printing_and_reading(text):
    formula = parse(text)
    assert parse(spell(formula)) == formula


# ---- formulas whose shapes fit -------------------------------------------------------------------------------

SIZES = (1, 2, 3, 4)
_RANDOM = np.random.default_rng(3)
VALUES = {f"m{rows}x{columns}": _RANDOM.uniform(0.5, 1.5, (rows, columns)) for rows in SIZES for columns in SIZES}
sizes = st.sampled_from(SIZES)


@st.composite
def fitting(draw, shape: tuple[int, int], depth: int = 3) -> Node:
    """A formula over VALUES whose value has `shape`."""
    rows, columns = shape
    kind = draw(st.sampled_from(["name", "matmul", "juxtaposed", "scaled", "entries", "transpose", "call", "sum"]))
    if depth == 0 or kind == "name":
        return Name(f"m{rows}x{columns}")
    inner = draw(sizes)

    def part(*wanted: int) -> Node:
        return draw(fitting(wanted, depth - 1))

    match kind:
        case "matmul":
            return Binary("@", part(rows, inner), part(inner, columns))
        case "juxtaposed":
            return Binary("·", part(rows, inner), part(inner, columns))
        case "scaled":
            number = Number(float(draw(st.integers(0, 3))))
            return Binary(draw(st.sampled_from("·*")), *draw(st.permutations([number, part(rows, columns)])))
        case "entries":
            stretched = part(draw(st.sampled_from([1, rows])), draw(st.sampled_from([1, columns])))
            return Binary(draw(st.sampled_from("+-*/")), part(rows, columns), stretched)
        case "transpose":
            return Transpose(part(columns, rows))
        case "call":
            name = draw(st.sampled_from(["relu", "sigmoid", "tanh", "identity"]))
            return Negate(Call(name, (part(rows, columns),), derivative=draw(st.booleans())))
    whole = Call("sum", (Call("sum", (part(rows, inner),), (("axis", Number(0.0)),)),))
    return Binary("*", Name(f"m{rows}x{columns}"), whole)


shapes = st.tuples(sizes, sizes)


@given(shapes.flatmap(fitting))
def test_a_printed_formula_has_the_value_of_the_formula(formula):
    with np.errstate(all="ignore"):
        value = _value(formula)
        printed = spell(resolve(formula, ShapeMap(shapes_of(VALUES))))
        np.testing.assert_allclose(_value(parse(printed)), value, rtol=1e-9)


def _value(formula: Node):
    shapes = ShapeMap(shapes_of(VALUES))
    shapes.of(formula)
    return compile_formula(formula, shapes)(VALUES)


@given(shapes.flatmap(fitting))
def test_a_resolved_formula_has_no_product_left_to_settle(formula):
    resolved = resolve(formula, ShapeMap(shapes_of(VALUES)))
    assert all(part.operator != "·" for part in walk(resolved) if isinstance(part, Binary))


# ---- on paper ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, paper",
    [
        ("W3.T @ (a3 - y)", "W3ᵀ (a3 − y)"),
        ("(W3.T @ delta3) * drelu(z2)", "(W3ᵀ δ3) ⊙ relu′(z2)"),
        ("(a3 - y) * a3 * (1 - a3) @ a2.T", "((a3 − y) ⊙ a3 ⊙ (1 − a3)) a2ᵀ"),
        ("a3 * (W @ x)", "a3 ⊙ (W x)"),
        ("sigmoid(z3) - dsigmoid(z3)", "σ(z3) − σ′(z3)"),
        ("2 * (a3 - y)", "2 (a3 − y)"),
        ("0.5 * sum((a3 - y)**2)", "0.5 sum((a3 − y)²)"),
        ("-a3.T", "−a3ᵀ"),
        ("W @ (V @ x)", "W V x"),
        ("kron(a2.T, eye(3))", "a2ᵀ ⊗ I₃"),
        ("eye(3)[0:1]", "e₀ᵀ"),
        ("eye(3)[:, 2:3]", "e₂"),
        ("ones((3, 1))", "1₃ₓ₁"),
        ("a3 <= y", "a3 ≤ y"),
        ("N * W2[0, 1]", "N · W2[0, 1]"),
    ],
)
def test_a_formula_is_written_on_paper_as(text, paper):
    assert spell(parse(text), Spelling.PAPER) == paper


@pytest.mark.parametrize(
    "text", ["W @ -x", "2 * -x", "W @ ((p / q) @ x)", "W @ (p / q)", "W @ (V @ x) - y", "(W @ V) * (p @ x)"]
)
def test_paper_spelling_reads_as_the_same_formula_and_not_as_another(text):
    values = {name: _RANDOM.uniform(0.5, 1.5, (3, 3)) for name in ("W", "V", "p", "q", "x", "y")}
    paper = spell(parse(text), Spelling.PAPER)
    products = paper.replace("⊙", "*")
    np.testing.assert_allclose(evaluate(parse(products), values), evaluate(parse(text), values), err_msg=paper)


def test_a_product_on_paper_is_printed_as_the_operator_that_it_is():
    names = {"s": (), "W": (2, 3), "x": (3, 1)}
    assert spell(resolve(parse("s W x"), ShapeMap(names))) == "(s * W) @ x"


def test_a_sum_inside_of_a_whole_sum_keeps_its_dimension_when_resolved():
    names = {"W": (2, 3)}
    assert spell(resolve(parse("np.sum(np.sum(W, axis=0))"), ShapeMap(names))) == "sum(sum(W, axis=0, keepdims=True))"
    assert spell(resolve(parse("W[0, 0] + W.shape[1]"), ShapeMap(names))) == "W[0, 0] + 3"

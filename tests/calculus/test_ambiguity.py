"""The ambiguity meter against arrangements that are enumerated here one by one, in integers without bound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Diagnostic, Network, Program, derive
from engine.calculus.ambiguity import ambiguity
from engine.calculus.arrangements import Arrangements
from engine.calculus.compact import compact_chain
from engine.formula import Dim, evaluate, parse
from engine.formula.syntax import Name, walk

Matrix = tuple[tuple[int, ...], ...]
"""Rows of Python integers, which never overflow."""


def network(*sizes: int, **more) -> Network:
    activations = ["tanh"] * (len(sizes) - 2) + ["sigmoid"]
    return Network(sizes, activations, first_layer=1, **more)


# ---- two enumerations, neither of which knows the other --------------------------------------------------------------


def drawn(generator: np.random.Generator, rows: int, columns: int) -> Matrix:
    return tuple(tuple(int(entry) for entry in row) for row in generator.integers(1, 10**6, (rows, columns)))


def diagonal(generator: np.random.Generator, size: int) -> Matrix:
    return tuple(tuple(int(generator.integers(1, 10**6)) * (i == j) for j in range(size)) for i in range(size))


def transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def multiplied(left: Matrix, right: Matrix) -> Matrix | None:
    if len(left[0]) != len(right):
        return None
    return tuple(tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*right, strict=True))
                 for row in left)  # fmt: skip


def hadamard(left: Matrix, right: Matrix) -> Matrix | None:
    if (len(left), len(left[0])) != (len(right), len(right[0])):
        return None
    return tuple(tuple(a * b for a, b in zip(*rows, strict=True)) for rows in zip(left, right, strict=True))


def plain_products(factors: Sequence[Matrix], rows: int, columns: int) -> set[Matrix]:
    """Every order and every choice of transposes as one row of matrix products, diagonals written as matrices."""
    found: set[Matrix] = set()
    for order in permutations(factors):
        for turned in product((False, True), repeat=len(order)):
            result: Matrix | None = None
            for factor, is_turned in zip(order, turned, strict=True):
                factor = transposed(factor) if is_turned else factor
                result = factor if result is None else multiplied(result, factor)
                if result is None:
                    break
            if result is not None and (len(result), len(result[0])) == (rows, columns):
                found.add(result)
    return found


def trees(parts: tuple[tuple[Matrix, bool], ...]) -> Iterator[Matrix]:
    """Every way to join parts two by two: an entrywise one by ⊙, and by it alone, two others by a matrix product."""
    if len(parts) == 1:
        if not parts[0][1]:
            yield parts[0][0]
        return
    for first, second in permutations(range(len(parts)), 2):
        (left, left_is_entrywise), (right, right_is_entrywise) = parts[first], parts[second]
        if left_is_entrywise:
            continue
        joined = hadamard(left, right) if right_is_entrywise else multiplied(left, right)
        if joined is not None:
            rest = tuple(part for number, part in enumerate(parts) if number not in (first, second))
            yield from trees((*rest, (joined, False)))


def all_trees(factors: Sequence[tuple[Matrix, bool]], rows: int, columns: int) -> set[Matrix]:
    found: set[Matrix] = set()
    for turned in product((False, True), repeat=len(factors)):
        parts = tuple(
            (transposed(matrix) if is_turned else matrix, is_entrywise)
            for (matrix, is_entrywise), is_turned in zip(factors, turned, strict=True)
        )
        found |= {result for result in trees(parts) if (len(result), len(result[0])) == (rows, columns)}
    return found


def first_weights_by_hand(sizes: Sequence[int], *, whole_delta: bool = True) -> int:
    """How many different functions of δ, W and diag(f′) layer by layer, and x have the shape of the first weights."""
    generator = np.random.default_rng(sum(sizes))
    factors = [drawn(generator, sizes[-1], 1)]
    factors += [] if whole_delta else [diagonal(generator, sizes[-1])]
    for layer in range(len(sizes) - 1, 1, -1):
        factors += [drawn(generator, sizes[layer], sizes[layer - 1]), diagonal(generator, sizes[layer - 1])]
    factors.append(drawn(generator, sizes[0], 1))
    return len(plain_products(factors, sizes[1], sizes[0]))


# ---- counts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "whole_delta", "fitting"),
    [
        ((2, 3, 2), True, 2), ((2, 2, 2), True, 24), ((2, 3, 4), True, 1),
        ((2, 3, 2), False, 4), ((2, 2, 2), False, 72), ((2, 3, 4), False, 1),
        ((2, 3, 1), True, 1), ((2, 2, 1), True, 4), ((1, 1, 1), True, 1), ((3, 1, 3), True, 3),
    ],
)  # fmt: skip
def test_as_many_fit_as_are_enumerated_by_hand(sizes, whole_delta, fitting):
    found = ambiguity(network(*sizes), "W2", whole_delta=whole_delta)
    assert found.fitting == fitting == first_weights_by_hand(sizes, whole_delta=whole_delta)
    assert found.wrong == fitting - 1


@settings(max_examples=25)
@given(st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_any_sizes_of_two_layers(sizes):
    assert ambiguity(network(*sizes), "W2").fitting == first_weights_by_hand(sizes)


def test_three_layers():
    assert ambiguity(network(3, 2, 3, 2), "W2").fitting == first_weights_by_hand((3, 2, 3, 2)) > 1


@pytest.mark.parametrize("samples", ["columns", "rows"])
@pytest.mark.parametrize(("sizes", "batch"), [((2, 2, 2), 3), ((2, 2, 2), 2), ((2, 3, 2), 3), ((2, 3, 3), 4)])
def test_a_batch_is_enumerated_with_all_brackets(sizes, batch, samples):
    generator = np.random.default_rng(batch)
    inputs, hidden, outputs = sizes
    factors = [
        (drawn(generator, outputs, batch), False), (drawn(generator, outputs, hidden), False),
        (drawn(generator, hidden, batch), True), (drawn(generator, inputs, batch), False),
    ]  # fmt: skip
    found = ambiguity(network(*sizes, batch=batch, samples=samples), "W2")
    assert found.fitting == len(all_trees(factors, hidden, inputs))


def test_a_matrix_that_is_used_twice_is_the_same_one():
    shapes = {"x": (2, 1), "W": (2, 2), "y": (2, 1)}
    program = Program(["h = W @ x", "a = tanh(h)", "z = W @ a", "L = sum((z - y)**2)"], shapes)
    generator = np.random.default_rng(3)
    W = drawn(generator, 2, 2)
    factors = [drawn(generator, 2, 1), W, diagonal(generator, 2), W]
    assert ambiguity(program, "x").fitting == len(plain_products(factors, 2, 1))


def test_a_line_that_does_several_things_has_several_factors():
    shapes = {"x": (2, 1), "W": (2, 2), "V": (2, 2), "y": (2, 1)}
    loss = "L = half_squared_error(b, y)"
    short = Program(["a = tanh(W @ x)", "b = tanh(V @ a)", loss], shapes)
    long = Program(["z = W @ x", "a = tanh(z)", "v = V @ a", "b = tanh(v)", loss], shapes)
    for target in ("x", "W"):
        assert ambiguity(short, target) == ambiguity(long, target)
        assert ambiguity(short, target).fitting == 24


# ---- the smallest sizes ----------------------------------------------------------------------------------------------


def smallest_by_hand(count: int) -> tuple[int, ...]:
    """The first sizes from 2 to 5, in the order of their sum, for which one function fits."""
    candidates = sorted(product(range(2, 6), repeat=count), key=lambda sizes: (sum(sizes), sizes))
    return next(sizes for sizes in candidates if first_weights_by_hand(sizes) == 1)


@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 3, 2), (7, 7, 9)])
def test_no_smaller_network_leaves_only_the_right_one(sizes):
    found = ambiguity(network(*sizes), "W2")
    assert found.sizes == dict(zip(("n1", "n2", "n3"), sizes, strict=True))
    assert found.smallest is not None
    assert tuple(found.smallest.values()) == (2, 3, 4) == smallest_by_hand(3)
    assert ambiguity(network(*found.smallest.values()), "W2").wrong == 0


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_two_products_of_a_kind_are_enough_to_tell_whether_there_are_two(sizes):
    chain = compact_chain(network(*sizes).program(), "W2")
    pattern = chain.pattern({})
    few, all_of_them = Arrangements(chain, pattern, most=2).count, Arrangements(chain, pattern).count
    assert few == min(2, all_of_them)


def test_layers_that_the_target_does_not_meet_are_as_small_as_can_be():
    assert ambiguity(network(2, 2, 2), "W3").smallest == {"n1": 2, "n2": 2, "n3": 3}


def test_a_layer_of_one_stays_one():
    assert ambiguity(network(2, 2, 1), "W2").smallest == {"n1": 2, "n2": 3, "n3": 1}


def test_a_batch_has_a_size_too():
    found = ambiguity(network(2, 2, 2, batch=2), "W2").smallest
    assert found is not None
    assert found == {"n1": 2, "n2": 3, "n3": 4, "N": 5}
    again = network(found["n1"], found["n2"], found["n3"], batch=found["N"])
    assert ambiguity(again, "W2").wrong == 0


def test_no_sizes_help_a_square_matrix():
    n = Dim(3, "n")
    program = Program(["h = W @ x", "L = half_squared_error(h, y)"], {"x": (n, 1), "W": (n, n), "y": (n, 1)})
    found = ambiguity(program, "x")
    assert (found.fitting, found.smallest) == (2, None)


def test_dimensions_that_must_be_equal_are_kept_equal():
    """h and m go by two names, and W @ x needs them equal."""
    h, m, k = Dim(3, "h"), Dim(3, "m"), Dim(3, "k")
    program = Program(["z = W @ x", "L = half_squared_error(z, y)"], {"x": (h, 1), "W": (k, m), "y": (k, 1)})
    found = ambiguity(program, "W")
    assert found.fitting == 2
    assert found.smallest is not None
    assert found.smallest["h"] == found.smallest["m"] != found.smallest["k"]


# ---- examples --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 3, 2), (2, 2, 2), (3, 3, 2)])
@pytest.mark.parametrize("samples", ["columns", "rows"])
def test_the_examples_have_the_shape_and_the_factors_of_the_gradient_but_not_its_value(sizes, samples):
    program = network(*sizes, samples=samples, batch=3).program(seed=5)
    found = ambiguity(program, "W2")
    *_, last = derive(program, "W2")
    gradient = last.result.value
    np.testing.assert_allclose(evaluate(parse(found.right), program.values), gradient, rtol=1e-12)
    assert len(set(found.examples)) == len(found.examples) == min(3, found.wrong)
    for example in found.examples:
        value = evaluate(parse(example), program.values)
        assert value.shape == gradient.shape
        assert not np.allclose(value, gradient, rtol=1e-3)
        assert letters(example) == letters(found.right)


def letters(formula: str) -> list[str]:
    """The names that a formula reads, as often as it reads them."""
    return sorted(part.name for part in walk(parse(formula)) if isinstance(part, Name))


def test_the_question():
    found = ambiguity(Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1), "W2")
    assert found.factors == ("(a3 - y) * a3 * (1 - a3)", "W3", "drelu(z2)", "a1")
    assert found.right == "((W3.T @ ((a3 - y) * a3 * (1 - a3))) * drelu(z2)) @ a1.T"
    assert found.examples == ("((W3.T @ a1) * drelu(z2)) @ ((a3 - y) * a3 * (1 - a3)).T",)


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "shapes", "target", "code"),
    [
        (["u = tanh(x)", "y = u + x", "L = sum(y**2)"], {"x": (3, 1)}, "x", "several_paths"),
        (["z = W @ x"], {"x": (3, 1), "W": (2, 3)}, "x", "no_gradient"),
        (["z = W @ x", "L = sum(z)"], {"x": (3, 1), "W": (2, 3)}, "all", "several_targets"),
        (["z = W @ x", "L = sum(z)"], {"x": (3, 1), "W": (2, 3)}, "V", "unknown_name"),
        (["Z = W @ X", "A = softmax_cols(Z)", "B = V @ A", "L = sum(B**2)"],
         {"X": (3, 4), "W": (2, 3), "V": (5, 2)}, "X", "no_compact_form"),
    ],
)  # fmt: skip
def test_what_is_no_chain_of_compact_factors_is_refused(lines, shapes, target, code):
    program = Program(lines, shapes)
    if code == "several_targets":
        program = Program([*lines[:-1], "L = sum(z * V)"], {**shapes, "V": (2, 1)})
    with pytest.raises(Diagnostic) as refused:
        ambiguity(program, target)
    assert refused.value.code == code


def test_a_long_chain_is_refused_before_it_is_arranged():
    with pytest.raises(Diagnostic, match="has 12 factors, and at most 8"):
        ambiguity(network(2, 2, 2, 2, 2, 2, 2), "W2")


def test_too_many_arrangements_are_refused(monkeypatch):
    monkeypatch.setattr("engine.calculus.arrangements.MAX_ENTRIES", 100)
    with pytest.raises(Diagnostic, match=re.escape("∂L/∂W2 have too many arrangements")):
        ambiguity(network(2, 2, 2), "W2")


def test_the_longest_chain_that_is_arranged_has_48000():
    """4! orders of three weights and the break, 2³ transposes, 2 ways round, and 5 places for each of 3 derivatives."""
    orders, transposes, ways, places = 24, 2**3, 2, 5**3
    assert ambiguity(network(2, 2, 2, 2, 2), "W2").fitting == orders * transposes * ways * places


def test_sizes_without_a_name_stay_as_they_are():
    program = Program(["z = W @ x", "L = half_squared_error(z, y)"], {"x": (2, 1), "W": (2, 2), "y": (2, 1)})
    found = ambiguity(program, "W")
    assert (found.sizes, found.fitting, found.smallest) == ({}, 2, None)

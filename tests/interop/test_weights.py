"""Which array becomes which parameter: by the program's names, by PyTorch's and Keras', by shape, or not at all."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine import Diagnostic, Diagnostics, Network, Program
from engine.interop import By, load_weights, network_from
from engine.interop.placing import only_way
from tests.interop.stacks import SIZES, dense, linear, refusal, run, stack

X = np.random.default_rng(1).normal(size=(6, SIZES[0]))
CONVENTIONS = {
    "Sequential": linear(stack()),
    "ten and two": dict(sorted(linear(stack(), start=2, by=4).items())),
    "layers.2": linear(stack(), "layers.{}"),
    "fc1": linear(stack(), "fc{}", 1, 1),
    "blocks.0.fc1": linear(stack(), "blocks.{}.fc1"),
    "any order": dict(reversed(linear(stack()).items())),
    "by sizes": dict(zip(
        ["out.weight", "out.bias", "first.weight", "first.bias", "middle.weight", "middle.bias"],
        [array for layer in (2, 0, 1) for array in stack()[layer]], strict=True,
    )),
    "dense/kernel": dense(stack()),
    "dense/kernel:0": dense(stack(), "{}/kernel:0", "{}/bias:0"),
    "dense/dense/kernel:0": dense(stack(), "{0}/{0}/kernel:0", "{0}/{0}/bias:0"),
    "layers/dense/vars/0": dense(stack(), "layers/{}/vars/0", "layers/{}/vars/1"),
    "sequential/dense/kernel": dense(stack(), "sequential/{}/kernel", "sequential/{}/bias"),
    "nested": {"params": {f"Dense_{n}": {"kernel": W.T, "bias": b} for n, (W, b) in enumerate(stack())}},
}  # fmt: skip


def network(sizes: tuple[int, ...] = SIZES, **options) -> Network:
    return Network(sizes, ["tanh"] * (len(sizes) - 1), bias=True, **options)


@pytest.mark.parametrize("samples", ["columns", "rows", "rows_transposed"])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_stack_of_layers_computes_what_it_computed(convention, samples):
    named = CONVENTIONS[convention]
    program, mapped = load_weights(network(batch=6, samples=samples).program(), named)
    x = X.T if samples == "columns" else X
    y = program.with_values({"x": x}).values["a3"]
    np.testing.assert_allclose(y.T if samples == "columns" else y, run(stack(), X), rtol=1e-13)
    assert len(mapped) == 6
    assert {part.parameter for part in mapped} == set(program.parameters)
    assert {part.by for part in mapped} == {By.CONVENTION}
    is_kernel = "dense" in convention or convention == "nested"
    matrices = [part for part in mapped if part.parameter.startswith("W")]
    assert {part.transposed for part in matrices} == {is_kernel != (samples == "rows")}


@pytest.mark.parametrize("samples", ["columns", "rows", "rows_transposed"])
@pytest.mark.parametrize("named", [linear, dense])
def test_the_name_and_not_the_shape_says_whether_a_square_matrix_is_transposed(named, samples):
    layers = stack((3, 3, 3))
    program, mapped = load_weights(network((3, 3, 3), batch=6, samples=samples).program(), named(layers))
    x = X.T if samples == "columns" else X
    y = program.with_values({"x": x}).values["a2"]
    np.testing.assert_allclose(y.T if samples == "columns" else y, run(layers, X), rtol=1e-13)
    assert mapped[0].transposed == ((named is dense) != (samples == "rows"))


def test_the_report_is_plain_and_says_what_became_of_every_array():
    named = {name: array.astype(np.float32) for name, array in linear(stack()).items()}
    program, mapped = load_weights(network(samples="rows").program(), named)
    assert str(mapped[0]) == "0.weight 5×3 float32 → W1 3×5, transposed, by convention"
    assert str(mapped[1]) == "0.bias a NumPy vector of 5 float32 → b1 1×5, by convention"
    assert program.inputs["W1"].dtype == np.float64
    assert (mapped[2].source, mapped[2].source_shape, mapped[2].shape) == ("2.weight", (4, 5), (5, 4))


def test_the_programs_own_names_are_taken_as_they_are_and_may_be_few():
    program = network((3, 3, 2), first_layer=1).program(seed=5)
    square = np.arange(9.0).reshape(3, 3)
    loaded, mapped = load_weights(program, {"W2": square, "x": [1, 2, 3], "b3": np.ones((2, 1), dtype=np.int8)})
    np.testing.assert_array_equal(loaded.inputs["W2"], square)
    assert loaded.inputs["x"].shape == (3, 1)
    assert [(part.by, part.transposed) for part in mapped] == [(By.NAME, False)] * 3
    np.testing.assert_array_equal(loaded.inputs["W3"], program.inputs["W3"])


def test_names_that_say_nothing_are_taken_by_shape_if_there_is_one_way():
    layers = stack()
    program = network().program()
    loaded, mapped = load_weights(program, [array for layer in layers for array in layer])
    np.testing.assert_array_equal(loaded.inputs["W2"], layers[1][0])
    assert {part.by for part in mapped} == {By.SHAPE}
    loaded, mapped = load_weights(program, {f"arr_{n}": part.T for n, layer in enumerate(layers) for part in layer[:1]}
                                  | {f"arr_b{n}": layer[1] for n, layer in enumerate(layers)})  # fmt: skip
    np.testing.assert_array_equal(loaded.inputs["W3"], layers[2][0])
    assert [part.transposed for part in mapped] == [True] * 3 + [False] * 3


def test_an_activation_and_a_program_that_write_their_layers_otherwise_are_understood():
    lines = ["h = tanh(M1 @ x + c1)", "o = h.T @ M2 + c2", "L = sum(o**2)"]
    program = Program(lines, {"x": (3, 1), "M1": (4, 3), "c1": (4, 1), "M2": (4, 2), "c2": (1, 2)})
    layers = stack((3, 4, 2))
    loaded, mapped = load_weights(program, linear(layers))
    expected = np.tanh(X[:1] @ layers[0][0].T + layers[0][1]) @ layers[1][0].T + layers[1][1]
    np.testing.assert_allclose(loaded.with_values({"x": X[:1].T}).values["o"], expected, rtol=1e-13)
    assert [part.transposed for part in mapped] == [False, False, True, False]


def test_one_layer_alone_and_vectors_and_single_numbers_are_layers_too():
    program, _ = load_weights(Network([3, 1], ["tanh"], samples="rows").program(), {"weight": [[1, 2, 3]]})
    assert program.inputs["W1"].tolist() == [[1], [2], [3]]
    program, mapped = load_weights(Network([1, 1], ["tanh"], samples="rows").program(), {"weight": [[5]]})
    assert (program.inputs["W1"].tolist(), mapped[0].transposed) == ([[5]], True)
    program = Program(["z = w @ x + b"], {"w": (3,), "x": (3, 1), "b": ()})
    loaded, _ = load_weights(program, {"weight": [[1, 2, 3]], "bias": [4]})
    assert (loaded.inputs["w"].tolist(), loaded.inputs["b"].tolist()) == ([[1], [2], [3]], 4)


# ---- what is refused ---------------------------------------------------------------------------------------------

A = np.arange(9.0).reshape(3, 3)
b = A[0]
REFUSED = {
    "a square matrix of no name": ([A, b, A, b], "ambiguous_weights", None, "do not leave one way"),
    "layers in no order": (
        {"hidden.weight": A, "hidden.bias": b, "out.weight": A, "out.bias": b}, "ambiguous_weights", None, "the order"),
    "numbers that are not an order": (
        {"a1b.weight": A, "a1b.bias": b, "ab1.weight": A, "ab1.bias": b}, "ambiguous_weights", None, "the order"),
    "a layer is missing": ({"0.weight": A, "0.bias": b}, "missing_weights", None, "the program has 2 layers, and"),
    "a layer too many": (linear(stack((3, 3, 3, 3))), "unknown_weights", None, "the source 3 layers"),
    "a bias is missing": (
        {"0.weight": A, "0.bias": b, "1.weight": A}, "missing_weights", "1.weight", "adds b2 to the product of W2"),
    "a matrix is missing": ({"0.weight": A, "0.bias": b, "1.bias": b}, "missing_weights", "1.bias", "no matrix beside"),
    "two matrices": ({"0.weight": A, "0.kernel": A, "1.weight": A}, "assigned_twice", "0.kernel", "second matrix"),
    "two biases": ({"0.weight": A, "0.bias": b, "0/bias": b}, "assigned_twice", "0/bias", "second matrix or bias"),
    "an array too many": (linear(stack((3, 3, 3))) | {"mean": b}, "unknown_weights", "mean", "no weight, kernel or"),
    "a name of its own too many": ({"W1": A, "w2": A}, "unknown_weights", "w2", "no input called w2"),
    "fewer arrays than parameters": ([A, b], "missing_weights", None, "4 parameters, and the source 2 arrays"),
    "more arrays than parameters": ([A, b, A, b, b], "unknown_weights", None, "the source 5 arrays"),
    "a shape that fits nowhere": ([A[:2], b, A, b], "wrong_shape", "[0]", "[0] 2×3 float64 fits no parameter"),
    "a wrong shape": ({"W1": A[:2]}, "wrong_shape", "W1", "W1 is 2×3, and the program's W1 is 3×3"),
    "a wrong matrix": (
        linear([(A[:2], b), (A, b)]), "wrong_shape", "0.weight", "0.weight is 2×3, and the program's W1 is 3×3"),
    "a wrong bias": (linear([(A, b[:2]), (A, b)]), "wrong_shape", "0.bias", "0.bias is a NumPy vector of 2, and the"),
    "no matrix": ({"0.weight": b, "0.bias": b}, "wrong_shape", "0.weight", "is no matrix"),
    "a convolution": ({"0.weight": np.ones((2, 3, 4, 5))}, "wrong_shape", "0.weight", "has 4 dimensions"),
    "NaN": ({"W1": A, "b1": [1, np.nan, 3]}, "not_finite", "b1", "b1[1] is nan"),
    "infinity": ({"W1": np.where(A == 5, -np.inf, A)}, "not_finite", "W1", "W1[1,2] is -inf"),
    "too large a number": ({"W1": A.astype(np.longdouble) * np.longdouble("1e4000")}, "not_finite", "W1", "is inf"),
    "complex numbers": ({"W1": A * 1j}, "bad_value", "W1", "complex numbers"),
    "truth": ({"W1": A > 3}, "bad_value", "W1", "true and false"),
    "text": ({"W1": ["a"]}, "bad_value", "W1", "text"),
    "objects": ({"W1": [None]}, "bad_value", "W1", "Python objects"),
    "ragged rows": ({"W1": [[1, 2], [3]]}, "bad_value", "W1", "rows of equal length"),
    "no entries": ({"W1": np.ones((0, 3))}, "bad_shape", "W1", "no entries"),
    "nothing": ({}, "missing_weights", None, "no arrays"),
    "no mapping": (7, "bad_value", None, "not int"),
    "no text for a name": ({1: A}, "bad_value", None, "names of arrays are text"),
    "a name that acts on a terminal": ({"W1\x1b[2J": A}, "bad_text", None, r"'W1\x1b[2J'"),
    "a name without end": ({"W" * 201: A}, "bad_text", None, "1 to 200"),
    "the same name from two places": ({"a/W1": A, "a": {"W1": A}}, "assigned_twice", "a/W1", "twice"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_or_could_mean_two_things_is_refused(case):
    source, code, key, says = REFUSED[case]
    problem = refusal(load_weights, network((3, 3, 3)).program(), source)
    assert (problem.code, problem.where.key) == (code, key)
    assert says in problem.message
    assert "\x1b" not in str(problem)


def test_a_mapping_without_end_is_refused():
    endless: dict[str, object] = {}
    endless["a"] = endless
    assert refusal(load_weights, network().program(), endless).code == "too_large"


def test_every_wrong_shape_is_named_at_once():
    with pytest.raises(Diagnostics) as raised:
        load_weights(network().program(), linear([(matrix.T, bias) for matrix, bias in stack()]))
    assert [problem.where.key for problem in raised.value.problems] == ["0.weight", "2.weight", "4.weight"]
    assert "it would fit if it were in×out: then call it kernel" in raised.value.problems[0].hints[0]


def test_what_to_do_is_said_with_the_programs_names_and_shapes():
    problem = refusal(load_weights, network((3, 3, 2)).program(), [A, A[:2], b, b[:2]])
    assert problem.code == "ambiguous_weights"
    assert "[0] could be W1 or W1 transposed" in problem.notes
    assert "W1 3×3, b1 3×1, W2 2×3, b2 2×1" in problem.hints[0]
    assert "save W1.T" in refusal(load_weights, network((3, 2)).program(), {"W1": A[:2].T}).hints[0]


def test_a_bias_under_the_programs_names_that_it_has_not_says_how_a_network_gets_one():
    program = Network([4, 3, 2], ["tanh", "tanh"]).program()
    problem = refusal(load_weights, program, {"W1": np.ones((3, 4)), "b1": b})
    assert (problem.code, problem.where.key) == ("unknown_weights", "b1")
    assert problem.hints == ("a network has biases with bias = true",)


def test_a_square_matrix_that_the_program_uses_from_both_sides_is_refused():
    for shape, way in (((4, 3), False), ((3, 3), None)):
        program = Program(["h = W @ x", "L = sum(W.T @ h)"], {"x": (3, 1), "W": shape})
        given = {"weight": np.arange(1.0 * shape[0] * shape[1]).reshape(shape)}
        if way is None:
            assert refusal(load_weights, program, given).code == "ambiguous_weights"
        else:
            assert load_weights(program, given).mapped[0].transposed is way


@pytest.mark.parametrize(
    ("line", "name", "taken"),
    [("z = weight @ x", "weight", True), ("z = r @ weight", "weight", False), ("z = r @ weight.T", "weight", True),
     ("z = kernel @ x", "kernel", False), ("z = r @ kernel", "kernel", True), ("z = r @ W", "W", True)],
)  # fmt: skip
def test_a_name_that_is_the_programs_and_a_convention_must_mean_the_same_in_both(line, name, taken):
    program = Program([line], {"x": (3, 1), "r": (1, 3), name: (3, 3)}, parameters=[name])
    if taken:
        np.testing.assert_array_equal(load_weights(program, {name: A}).program.inputs[name], A)
    else:
        problem = refusal(load_weights, program, {name: A})
        assert (problem.code, problem.where.key) == ("ambiguous_weights", name)


def test_two_biases_are_not_for_one_parameter():
    shapes = {"x": (3, 1), "W": (3, 3), "V": (3, 3), "b": (3, 1)}
    program = Program(["h = tanh(W @ x + b)", "L = sum(V @ h + b)"], shapes)
    problem = refusal(load_weights, program, linear([(A, b), (A.T, b)]))
    assert (problem.code, problem.where.key) == ("ambiguous_weights", "2.bias")
    assert "0.bias and 2.bias are both for b" in problem.message


def test_a_parameter_that_is_no_layer_must_come_from_elsewhere():
    program = Program(["z = W @ x + b", "L = sum(g * z)"], {"x": (3, 1), "W": (4, 3), "b": (4, 1), "g": (4, 1)})
    named = linear(stack((3, 4)))
    problem = refusal(load_weights, program, named)
    assert (problem.code, problem.message) == ("missing_weights", "there is no array for g 4×1")
    assert len(load_weights(program, named, elsewhere={"g"}).mapped) == 2
    del named["0.bias"]
    assert [part.parameter for part in load_weights(program, named, elsewhere={"g", "b"}).mapped] == ["W"]
    assert len(load_weights(program, [named["0.weight"]], elsewhere={"g", "b"}).mapped) == 1


def test_the_only_way_is_found_exactly_when_there_is_one():
    draw = np.random.default_rng(11)
    kinds: set[int] = set()
    for _ in range(3_000):
        size = int(draw.integers(1, 5))
        ways = {
            str(array): {(str(p), bool(t)) for p in range(size) for t in (0, 1) if draw.random() < 0.3}
            for array in range(size)
        }
        every = [
            dict(zip(ways, choice, strict=True)) for choice in itertools.product(*ways.values())
            if len({parameter for parameter, _ in choice}) == size
        ]  # fmt: skip
        kinds.add(min(len(every), 2))
        assert only_way(ways) == (every[0] if len(every) == 1 else None)
    assert kinds == {0, 1, 2}


# ---- a network from its weights ----------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [linear, dense])
def test_a_network_has_the_sizes_of_its_weights(named):
    found = network_from(named(stack()), ["tanh"] * 3, samples="rows", batch=6)
    assert (list(found.sizes), found.bias) == (list(SIZES), True)
    program, _ = load_weights(found.program(), named(stack()))
    np.testing.assert_allclose(program.with_values({"x": X}).values["a3"], run(stack(), X), rtol=1e-13)


def test_a_network_without_biases_has_none():
    named = {name: array for name, array in linear(stack()).items() if name.endswith("weight")}
    assert network_from(named, ["tanh"] * 3).bias is False


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ({"hidden.weight": A, "out.weight": A}, "ambiguous_weights", "the order of the layers"),
        ({"W1": A}, "unknown_weights", "no array is a weight"),
        ({}, "unknown_weights", "there is none"),
        ({"0.weight": A[:2], "1.weight": A}, "wrong_shape", "1 takes 3 inputs, and what comes before it has 2 units"),
        ({"0.weight": A, "0.bias": A[0, :2]}, "wrong_shape", "0.bias has 2 entries, and its layer has 3"),
        ({"0.weight": A, "0.bias": b, "1.weight": A}, "missing_weights", "the layer 1 has no bias"),
    ],
)
def test_weights_that_are_no_network_are_refused(source, code, says):
    problem = refusal(network_from, source, ["tanh", "tanh"])
    assert problem.code == code
    assert says in problem.message


def test_activations_are_not_guessed():
    with pytest.raises(Diagnostic, match="3 layers need as many activations, not 1"):
        network_from(linear(stack()), ["relu"])

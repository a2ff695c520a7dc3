"""Chains written as derivatives: what is right, and every way to be wrong, named where it stands."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Layout, Network, Program
from engine.diagnostics import Diagnostic
from engine.doctor.chain.diagnose import diagnose_chain, is_derivative_chain
from engine.doctor.chain.findings import spell_failure
from engine.doctor.chain.text import read_chain
from engine.formula import evaluate

QUESTION = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)
DEEP = Network([3, 5, 4, 2], ["tanh", "sigmoid", "identity"], bias=True).program(seed=3)
BATCH = Network([3, 4, 2], ["tanh", "sigmoid"], batch=6, samples="rows").program(seed=5)
RESIDUAL = Program(
    ["z1 = W1 @ x", "a1 = tanh(z1)", "z2 = W2 @ a1", "r = a1 + z2", "p = V @ r", "L = sum(p**2)"],
    {"x": (3, 1), "W1": (4, 3), "W2": (4, 4), "V": (5, 4)}, seed=2,
)  # fmt: skip
RECURRENT = Program(
    ["h1 = tanh(U @ x)", "h2 = tanh(U @ h1)", "h3 = tanh(U @ h2)", "L = sum(h3**2)"], {"x": (4, 1), "U": (4, 4)}, seed=8
)

ASKED = (
    r"\frac {\partial L}{\partial W^{(3)}} = \frac {\partial L}{\partial a^{(3)}} "
    r"\frac {\partial a^{(3)}}{\partial z^{(3)}} \frac {\partial z^{(3)}}{\partial a^{(2)}} "
    r"\frac {\partial a^{(2)}}{\partial z^{(2)}} \frac {\partial a^{(2)}}{\partial z^{(2)}} "
    r"\frac {\partial z^{(2)}}{\partial W^{(2)}}"
)
"""The chain of the question, letter for letter."""


def found(diagnosis):
    """The findings that are mistakes or incompleteness, each with the text that it marks."""
    return [
        (finding.code, diagnosis.text[slice(*finding.span)])
        for finding in diagnosis.findings
        if finding.code != "skips"
    ]


# ---- the question --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [None, "W2"])
def test_the_questions_chain_names_another_weight_on_its_left_and_has_a_factor_twice(target):
    diagnosis = diagnose_chain(ASKED, QUESTION, target)
    assert diagnosis.verdict == "wrong"
    assert diagnosis.target == "W2"
    assert found(diagnosis) == [
        ("left_side", r"\frac {\partial L}{\partial W^{(3)}}"),
        ("duplicated", r"\frac {\partial a^{(2)}}{\partial z^{(2)}}"),
    ]
    assert diagnosis.findings[1].span[0] == ASKED.rindex(r"\frac {\partial a^{(2)}}")


def test_the_questions_chain_is_in_the_order_of_numerator_layout_and_fails_at_once_in_the_other():
    diagnosis = diagnose_chain(ASKED, QUESTION)
    assert diagnosis.layout is Layout.NUMERATOR
    assert diagnosis.fails[Layout.NUMERATOR] is None
    failure = diagnosis.fails[Layout.DENOMINATOR]
    assert spell_failure(failure) == "2×1 · 2×2: the inner sizes 1 and 2 differ"
    assert ASKED[slice(*failure.span)] == (
        r"\frac {\partial L}{\partial a^{(3)}} \frac {\partial a^{(3)}}{\partial z^{(3)}}"
    )


def test_the_questions_chain_is_corrected_in_both_layouts():
    corrected = diagnose_chain(ASKED, QUESTION).corrected
    assert corrected[Layout.NUMERATOR] == "∂L/∂W2 = ∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂a2 · ∂a2/∂z2 · ∂z2/∂W2"
    assert corrected[Layout.DENOMINATOR] == "∂L/∂W2 = ∂z2/∂W2 · ∂a2/∂z2 · ∂z3/∂a2 · ∂a3/∂z3 · ∂L/∂a3"


def test_every_factor_has_its_shape_in_both_layouts():
    shapes = [factor.shapes for factor in diagnose_chain(ASKED, QUESTION).factors]
    assert [shape[Layout.DENOMINATOR] for shape in shapes] == [(2, 1), (2, 2), (3, 2), (3, 3), (3, 3), (3, 2, 3)]
    assert [shape[Layout.NUMERATOR] for shape in shapes] == [(1, 2), (2, 2), (2, 3), (3, 3), (3, 3), (3, 2, 3)]


def test_the_answers_chain_is_right_and_in_denominator_layout():
    text = (
        r"\frac {\partial L}{\partial W_{ij}^{(2)}} = \frac {\partial z^{(2)}}{\partial W_{ij}^{(2)}}"
        r"\frac {\partial a^{(2)}}{\partial z^{(2)}} \frac {\partial z^{(3)}}{\partial a^{(2)}}"
        r"\frac {\partial L}{\partial z^{(3)}}"
    )
    diagnosis = diagnose_chain(text, QUESTION, "W2")
    assert diagnosis.verdict == "correct"
    assert diagnosis.layout is Layout.DENOMINATOR
    assert diagnosis.fails[Layout.DENOMINATOR] is None


# ---- spellings -----------------------------------------------------------------------------------------------

SPELLINGS = [
    "dL/da3 · da3/dz3 · dz3/da2 · da2/dz2 · dz2/dW2",
    "dL/dW2 = dL/da3 * da3/dz3 @ dz3/da2 ⊙ da2/dz2 dz2/dW2",
    "∂L/∂a⁽³⁾ ∂a⁽³⁾/∂z⁽³⁾ ∂z⁽³⁾/∂a⁽²⁾ ∂a⁽²⁾/∂z⁽²⁾ ∂z⁽²⁾/∂W⁽²⁾",
    "∂L/∂W₂ = ∂L/∂a₃ × ∂a₃/∂z₃ × ∂z₃/∂a₂ × ∂a₂/∂z₂ × ∂z₂/∂W₂",
    "(dL/da_3)(da_3/dz_3)(dz_3/da_2)(da_2/dz_2)(dz_2/dW_2)",
    "dL_da3 * da3_dz3 * dz3_da2 * da2_dz2 * dz2_dW2",
    "dJ/dA3 · dA3/dZ3 · dZ3/dA2 · dA2/dZ2 · dZ2/dW2",
    (
        r"\frac{\partial L}{\partial a_3} \frac{\partial a_3}{\partial z_3} \frac{\partial z_3}{\partial a_2} \odot "
        r"\dfrac{\partial a_{2}}{\partial z_{2}}\,\frac{dz_2}{dW_2}"
    ),
    (
        r"\frac{\partial \mathcal{L}}{\partial \mathbf{a}_3} \frac{\partial \mathbf a_3}{\partial \mathbf z_3} "
        r"\frac{\partial \mathbf{z}_3}{\partial \mathbf{a}_2} \frac{\partial \mathbf{a}_2}{\partial \mathbf{z}_2} "
        r"\frac{\partial \mathbf{z}_2}{\partial \mathbf{W}^{(2)}}"
    ),
    r"\left(\frac{\mathrm{d}L}{\mathrm{d}a_3}\right) \partial a_3 / \partial z_3 \; dz_3/da_2 ~ da_2/dz_2 dz_2/dW_2",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_right_chain_is_right_however_it_is_spelled(text):
    assert is_derivative_chain(text)
    diagnosis = diagnose_chain(text, QUESTION, "W2")
    assert diagnosis.verdict == "correct"
    assert diagnosis.layout is Layout.NUMERATOR
    assert not diagnosis.findings
    pairs = [(factor.numerator, factor.denominator) for factor in diagnosis.factors]
    assert pairs == [("L", "a3"), ("a3", "z3"), ("z3", "a2"), ("a2", "z2"), ("z2", "W2")]


@pytest.mark.parametrize("text", SPELLINGS)
def test_the_span_of_a_factor_reads_as_that_factor(text):
    for factor in diagnose_chain(text, QUESTION, "W2").factors:
        (alone,) = diagnose_chain(text[slice(*factor.span)], QUESTION).factors
        assert (alone.numerator, alone.denominator) == (factor.numerator, factor.denominator)


NO_CHAINS = [
    "", "dL", "W3.T @ (a3 - y)", "dL/da3 · W3", "dL/da3 +", "dL/da3 = ", "(dL/da3", "dL/da3)", "a3/y", "dL/2", "d/d",
    "delta3 @ a2.T", "∂", r"\frac{\partial L}{a3}", r"\frac{\partial L}", "dz2 * dz3", "data_dim",
    "hidden_dim * d_model", "dL/da3 - da3/dz3", "½ dL/da3", "dL/dW2 = dL/da3 = da3/dz3", "x" * 5_000,
    "(" * 900 + "dL/da3",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_CHAINS)
def test_a_formula_is_no_chain_of_derivatives(text):
    assert not is_derivative_chain(text)


def test_what_is_no_derivative_in_a_chain_is_marked():
    with pytest.raises(Diagnostic) as caught:
        diagnose_chain("∂L/∂a3 · W3 · ∂a2/∂z2", QUESTION, "W2")
    problem = caught.value
    assert problem.code == "unparsable"
    assert problem.where.text[slice(*problem.where.span)] == "W3"


# ---- every kind of defect ------------------------------------------------------------------------------------

DEFECTS = [
    # program, target, chain, findings
    (QUESTION, "W2", "dL/da3 da3/dz3 dz3/da2 dz2/dW2", [("missing", "")]),
    (QUESTION, "W2", "dL/da3 da3/dz3 dz3/da2 da2/dz2", [("missing", "")]),
    (QUESTION, "W2", "da3/dz3 dz3/da2 da2/dz2 dz2/dW2", [("missing", "")]),
    (QUESTION, "W2", "dL/da3 dz3/da2 da3/dz3 da2/dz2 dz2/dW2", [("misplaced", "da3/dz3")]),
    (QUESTION, "W2", "dz2/dW2 dL/da3 da3/dz3 dz3/da2 da2/dz2", [("misplaced", "dz2/dW2")]),
    (QUESTION, "W2", "dz2/dW2 dz3/da2 da2/dz2 da3/dz3 dL/da3", [("misplaced", "da2/dz2")]),
    (QUESTION, "W2", "dL/da3 da3/dz3 da2/dz3 da2/dz2 dz2/dW2", [("missing", ""), ("upside_down", "da2/dz3")]),
    (QUESTION, "W2", "dL/da3 da3/dz3 dz3/da2 da2/dz2 dz2/dy", [("missing", ""), ("no_such_factor", "dz2/dy")]),
    (QUESTION, "W2", "dL/da3 da3/dz3 dz3/da2 da2/dz2 dz2/dW2 dz3/dW3", [("off_route", "dz3/dW3")]),
    (QUESTION, "W2", "dL/da3 da3/dz3 dz3/da2 da2/dz2 dz2/dQ7", [("missing", ""), ("unknown_name", "dz2/dQ7")]),
    (QUESTION, "W2", "dL/da3 da3/dz3 dL/dz3 dz3/da2 da2/dz2 dz2/dW2", [("redundant", "dL/dz3")]),
    (QUESTION, "W2", "dL/da3 da3/dz3 dz3/dW3", [("wrong_target", "dz3/dW3")]),
    (QUESTION, "W3", "dL/dW2 = dL/da3 da3/dz3 dz3/dW3", [("left_side", "dL/dW2")]),
    (QUESTION, "W3", "da3/dW3 = dL/da3 da3/dz3 dz3/dW3", [("left_side", "da3/dW3")]),
    (QUESTION, "z2", "(dz3/da2)^T dL/dz3 da2/dz2", [("mixed_transposes", "(dz3/da2)^T"), ("misplaced", "da2/dz2")]),
    (DEEP, "W1", "dL/da3 da3/dz3 dz3/da2 dz2/da1 da1/dz1 dz1/dW1", [("missing", "")]),
    (DEEP, "b1", "dz1/db1 da1/dz1 dz2/da1 da2/dz2 da2/dz2 dz3/da2 dL/dz3", [("duplicated", "da2/dz2")]),
    (DEEP, "W2", "dz2/dW2 dz3/da2 da2/dz2 dL/dz3", [("misplaced", "da2/dz2")]),
    (DEEP, "b3", "dL/da3 da3/dz3 dz3/dW3", [("wrong_target", "dz3/dW3")]),
    (BATCH, "W1", "dL/dz2 dz2/da1 dz1/da1 dz1/dW1", [("missing", ""), ("upside_down", "dz1/da1")]),
    (RESIDUAL, "W2", "dL/dp dr/dz2 dz2/dW2", [("missing", "")]),
]  # fmt: skip


@pytest.mark.parametrize(
    "program, target, text, findings", DEFECTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_defect_is_named_where_it_stands(program, target, text, findings):
    diagnosis = diagnose_chain(text, program, target)
    assert diagnosis.verdict == "wrong"
    assert sorted(found(diagnosis)) == sorted(findings)


def test_a_misplaced_factor_is_told_where_it_belongs():
    diagnosis = diagnose_chain("dL/da3 dz3/da2 da3/dz3 da2/dz2 dz2/dW2", QUESTION, "W2")
    assert diagnosis.findings[0].message.endswith("in numerator layout it belongs between ∂L/∂a3 and ∂z3/∂a2")


def test_a_missing_factor_is_missed_where_it_belongs():
    text = "∂z2/∂W2 · ∂z3/∂a2 · ∂L/∂z3"
    (missing, _) = diagnose_chain(text, QUESTION, "W2").findings
    assert missing.span == (len("∂z2/∂W2"), len("∂z2/∂W2"))
    assert missing.message == "∂a2/∂z2 is missing between ∂z2/∂W2 and ∂z3/∂a2"


def test_an_unknown_name_gets_a_suggestion():
    (finding,) = [
        finding
        for finding in diagnose_chain("dL/da3 da3/dzz3", QUESTION, "z3").findings
        if finding.code == "unknown_name"
    ]
    assert "did you mean z3" in finding.message


def test_a_factor_that_skips_values_is_the_product_that_it_stands_for():
    diagnosis = diagnose_chain("dL/dz3 · dz3/dz2 · dz2/dW2", QUESTION, "W2")
    assert diagnosis.verdict == "correct"
    assert [finding.message for finding in diagnosis.findings] == [
        "∂L/∂z3 stands for ∂L/∂a3 · ∂a3/∂z3",
        "∂z3/∂z2 stands for ∂z3/∂a2 · ∂a2/∂z2",
    ]
    assert diagnosis.corrected[Layout.DENOMINATOR] == "∂L/∂W2 = ∂z2/∂W2 · ∂z3/∂z2 · ∂L/∂z3"


def test_jacobians_that_are_all_transposed_fit_the_column_that_they_are_multiplied_by():
    diagnosis = diagnose_chain("(da2/dz2)^T (dz3/da2)^T (da3/dz3)^T dL/da3", QUESTION, "z2")
    assert diagnosis.verdict == "correct"
    assert diagnosis.layout is Layout.DENOMINATOR
    assert diagnosis.fails[Layout.NUMERATOR] is None


def test_the_input_may_be_called_as_it_is_given_or_as_the_network_numbers_it():
    for last in ("dz2/dx", "dz2/da1"):
        assert diagnose_chain(f"dL/dz3 dz3/da2 da2/dz2 {last}", QUESTION, "x").verdict == "correct"


GATES = Program(
    ["a_i = W_i @ x", "g_i = sigmoid(a_i)", "L = sum(g_i**2)"], {"x": (3, 1), "W_i": (4, 3)}, seed=6
)  # fmt: skip


def test_a_name_that_ends_in_an_index_is_that_name_where_the_program_has_it():
    assert diagnose_chain("dL/dg_i dg_i/da_i da_i/dW_i", GATES, "W_i").verdict == "correct"
    assert diagnose_chain("dL/dz3_k · dz3_k/dW3_ij", QUESTION, "W3").verdict == "correct"
    assert diagnose_chain("∂L/∂z⁽³⁾_k ∂z⁽³⁾_k/∂W⁽³⁾_ij", QUESTION, "W3").verdict == "correct"
    assert diagnose_chain("dL/dz3[k] · dz3[k]/dW3[i,j]", QUESTION, "W3").verdict == "correct"


@pytest.mark.parametrize(
    "text, given, code",
    [
        ("dL/da3", {"target": "W9"}, "unknown_name"),
        ("dL/da3", {"target": "L"}, "no_path"),
        ("dL/da3", {"of": "M"}, "unknown_name"),
        ("dz2/dW2", {"of": "z2", "target": "W3"}, "no_path"),
        ("da3/dz3", {"of": "z2"}, "no_path"),
        ("dL/dL", {}, "no_path"),
        ("dy/dx", {}, "no_path"),
        ("dL/dq = dq/dp", {}, "no_path"),
    ],
)
def test_what_has_no_chain_is_refused(text, given, code):
    with pytest.raises(Diagnostic) as caught:
        diagnose_chain(text, QUESTION, **given)
    assert caught.value.code == code


def test_another_value_than_the_loss_can_be_derived():
    diagnosis = diagnose_chain("dz3/da2 da2/dz2 dz2/dW2", QUESTION, "W2", of="z3")
    assert diagnosis.verdict == "correct"
    assert diagnosis.corrected[Layout.DENOMINATOR] == "∂z3/∂W2 = ∂z2/∂W2 · ∂a2/∂z2 · ∂z3/∂a2"


GARBAGE = [
    "dL/da3", "da3/dz3", "dz3/da2", "da2/dz2", "dz2/dW2", "dz3/dW3", "da2/da3", "dq/dz2", "dL/dx", "dy/dL", " = ",
    " + ", " · ", "(", ")", "^T", "∂", "d", "/", "\\frac{", "}", "dL_da3", "L", "ᵀ", "[i]",
]  # fmt: skip


def test_garbage_made_of_factors_is_diagnosed_or_refused():
    dice = random.Random(9)
    verdicts, refusals = set(), set()
    for _ in range(3_000):
        text = " ".join(dice.choices(GARBAGE, k=dice.randint(1, 7)))
        target = dice.choice([None, "W2", "W3", "x", "z2"])
        try:
            diagnosis = diagnose_chain(text, QUESTION, target)
        except Diagnostic as problem:
            refusals.add(problem.code)
            continue
        verdicts.add(diagnosis.verdict)
        assert all(0 <= start <= end <= len(text) for start, end in (finding.span for finding in diagnosis.findings))
        for layout, corrected in diagnosis.corrected.items():
            again = diagnose_chain(corrected, QUESTION, diagnosis.target)
            assert again.verdict == "correct", (text, corrected)
            assert again.layout in (layout, None)
    assert verdicts == {"correct", "wrong"}
    assert refusals == {"unparsable", "no_path"}


# ---- several paths -------------------------------------------------------------------------------------------


def test_a_chain_along_one_of_two_paths_is_right_as_a_part():
    diagnosis = diagnose_chain("dL/dp dp/dr dr/da1 da1/dz1 dz1/dW1", RESIDUAL, "W1")
    assert diagnosis.verdict == "part"
    assert found(diagnosis) == [("missing_path", diagnosis.text)]
    assert "∂L/∂p · ∂p/∂r · ∂r/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂W1" in diagnosis.findings[0].message
    assert diagnosis.corrected[Layout.NUMERATOR].count(" + ") == 1


def test_a_sum_over_both_paths_is_right_and_so_is_a_factor_that_stands_for_both():
    both = "dL/dr dr/dz2 dz2/da1 da1/dz1 dz1/dW1 + dL/dr dr/da1 da1/dz1 dz1/dW1"
    assert diagnose_chain(both, RESIDUAL, "W1").verdict == "correct"
    assert diagnose_chain("dL/dr dr/da1 da1/dW1 + dL/dz2 dz2/dW1", RESIDUAL, "W1").verdict == "correct"
    assert diagnose_chain("dL/da1 da1/dz1 dz1/dW1", RESIDUAL, "W1").verdict == "correct"


def test_a_mistake_on_one_of_two_paths_is_a_mistake():
    text = "dL/dr dr/dz2 dz2/da1 da1/dz1 dz1/dW1 + dL/dr dr/da1 dz1/dW1"
    diagnosis = diagnose_chain(text, RESIDUAL, "W1")
    assert found(diagnosis) == [("missing", "")]
    assert diagnosis.findings[-1].span[0] > text.index("+")


def test_of_a_shared_weight_every_use_is_a_path():
    diagnosis = diagnose_chain("dL/dh3 dh3/dh2 dh2/dU", RECURRENT, "U")
    assert diagnosis.verdict == "part"
    assert "∂L/∂h3 · ∂h3/∂U" in diagnosis.findings[-1].message
    assert "∂L/∂h3 · ∂h3/∂h2 · ∂h2/∂h1 · ∂h1/∂U" in diagnosis.findings[-1].message


def test_exponentially_many_paths_take_no_time():
    lines = ["h0 = tanh(x)"]
    for i in range(1, 60):
        lines += [f"t{i} = tanh(h{i - 1})", f"h{i} = h{i - 1} + t{i}"]
    program = Program([*lines, "L = sum(h59**2)"], {"x": (3, 1)})
    assert diagnose_chain("dL/dh59 dh59/dt59 dt59/dh58 dh58/dx", program, "x").verdict == "part"
    # ∂h58/∂x stands for 2⁵⁸ paths of the 2⁵⁹, so that as many are missing.
    diagnosis = diagnose_chain("dL/dt59 dt59/dh58 dh58/dx", program, "x")
    (message,) = [finding.message for finding in diagnosis.findings if finding.code == "missing_path"]
    assert f"{2**58:,} more paths" in message


# ---- laws, against numbers -----------------------------------------------------------------------------------

STEP = 1e-6


def total(program, u, v):
    """∂u/∂v through all that lies between, in numerator layout over vec, by central differences."""
    lines = program.plan.lines
    after = list(lines)[list(lines).index(v) + 1 :] if v in lines else list(lines)
    base = dict(program.values)

    def run(value):
        values = {**base, v: value}
        for name in after:
            values[name] = evaluate(lines[name].expression, values)
            if name == u:
                break
        return values[u].ravel(order="F")

    columns = []
    for position in range(base[v].size):
        offset = np.zeros(base[v].size)
        offset[position] = STEP
        shift = offset.reshape(base[v].shape, order="F")
        columns.append((run(base[v] + shift) - run(base[v] - shift)) / (2 * STEP))
    return np.stack(columns, axis=1)


CASES = [
    (QUESTION, "W2", "dL/da3 da3/dz3 dz3/da2 da2/dz2 dz2/dW2"),
    (QUESTION, "W2", "dL/dz3 dz3/dz2 dz2/dW2"),
    (DEEP, "b1", "dL/da3 da3/dz3 dz3/da2 da2/dz2 dz2/da1 da1/dz1 dz1/db1"),
    (DEEP, "W2", "dL/dz3 dz3/da2 da2/dz2 dz2/dW2"),
    (BATCH, "W1", "dL/da2 da2/dz2 dz2/da1 da1/dz1 dz1/dW1"),
    (RESIDUAL, "W2", "dL/dp dp/dr dr/dz2 dz2/dW2"),
]


@pytest.mark.parametrize("program, target, text", CASES)
def test_the_corrected_chain_multiplied_out_is_the_gradient_in_both_layouts(program, target, text):
    wanted = total(program, program.loss, target)
    for layout, corrected in diagnose_chain(text, program, target).corrected.items():
        matrices = [total(program, factor.numerator, factor.denominator) for factor in read_chain(corrected).terms[0]]
        product = np.linalg.multi_dot([m if layout is Layout.NUMERATOR else m.T for m in matrices])
        np.testing.assert_allclose(product, wanted if layout is Layout.NUMERATOR else wanted.T, rtol=1e-4, atol=1e-7)


@given(case=st.sampled_from(CASES[:5]), flip=st.booleans(), data=st.data())
def test_a_right_chain_with_one_defect_has_exactly_that_defect(case, flip, data):
    program, target, text = case
    factors = text.split()
    if flip:
        factors.reverse()
    kind = data.draw(st.sampled_from(["none", "missing", "duplicated", "misplaced"]))
    at = data.draw(st.integers(0, len(factors) - 1))
    written = list(factors)
    match kind:
        case "missing":
            del written[at]
        case "duplicated":
            written.insert(at, written[at])
        case "misplaced":
            to = data.draw(st.integers(0, len(factors) - 1))
            written.insert(to, written.pop(at))
    diagnosis = diagnose_chain(" · ".join(written), program, target)
    codes = [code for code, _ in found(diagnosis)]
    moved = kind == "misplaced" and written != factors
    if kind == "misplaced":
        assert set(codes) == ({"misplaced"} if moved and len(factors) > 2 else set())
    elif kind == "missing":
        # A factor that skips values may be missing as the several that it stands for.
        assert set(codes) == {"missing"}
    else:
        assert codes == ([kind] if kind != "none" else [])
    if kind == "none":
        assert diagnosis.layout is (Layout.DENOMINATOR if flip else Layout.NUMERATOR)
        assert diagnosis.fails[diagnosis.layout] is None

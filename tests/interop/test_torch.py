"""Networks that PyTorch has made, saved and differentiated: values and gradients are its own."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Program
from engine.interop import load_weights, network_from
from engine.session import gradients_of

torch = pytest.importorskip("torch")

ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "identity": torch.nn.Identity}
NETWORKS = {
    "3-5-2": ([3, 5, 2], ["tanh", "sigmoid"]),
    "2-3-2": ([2, 3, 2], ["relu", "sigmoid"]),
    "square": ([4, 4, 4, 4], ["tanh", "relu", "identity"]),
    "a column": ([1, 6, 1], ["sigmoid", "identity"]),
    "one layer": ([5, 3], ["tanh"]),
    "eleven layers": ([3, 2, 4, 3, 5, 2, 3, 4, 2, 5, 3, 2], ["tanh"] * 11),
}


def sequential(sizes, activations, *, bias=True, dtype=torch.float64):
    torch.manual_seed(4)
    parts = []
    for into, out, activation in zip(sizes, sizes[1:], activations, strict=False):
        parts += [torch.nn.Linear(into, out, bias=bias), ACTIVATIONS[activation]()]
    return torch.nn.Sequential(*parts).to(dtype)


def agree(program: Program, mapped, model, x, y, samples: str) -> None:
    """Values, loss, and the gradient of every parameter, in the way that the report says it lies."""
    turned = samples == "columns"
    program = program.with_values({"x": x.T if turned else x, "y": y.T if turned else y})
    output = model(torch.tensor(x))
    loss = 0.5 * ((output - torch.tensor(y)) ** 2).sum()
    loss.backward()
    last = list(program.plan.lines)[-2]
    value = program.values[last].T if turned else program.values[last]
    np.testing.assert_allclose(value, output.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(program.values["L"], loss.item(), rtol=1e-12)
    theirs = dict(model.named_parameters())
    gradients = gradients_of(program, "L")
    assert {part.source for part in mapped} == set(theirs)
    assert {part.parameter for part in mapped} == set(gradients)
    for part in mapped:
        gradient = theirs[part.source].grad.numpy()
        ours = gradients[part.parameter].T if part.transposed else gradients[part.parameter]
        np.testing.assert_allclose(ours.reshape(gradient.shape), gradient, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("samples", ["columns", "rows", "rows_transposed"])
@pytest.mark.parametrize("source", ["state_dict", "npz", "safetensors"])
@pytest.mark.parametrize("case", NETWORKS)
def test_a_saved_sequential_has_its_values_and_gradients(case, source, samples, tmp_path):
    sizes, activations = NETWORKS[case]
    model = sequential(sizes, activations)
    weights = model.state_dict()
    if source == "npz":
        np.savez(tmp_path / "w.npz", **{name: part.numpy() for name, part in weights.items()})
        weights = tmp_path / "w.npz"
    elif source == "safetensors":
        pytest.importorskip("safetensors.torch").save_file(weights, tmp_path / "w.safetensors")
        weights = tmp_path / "w.safetensors"
    network = network_from(weights, activations, samples=samples, batch=7)
    assert list(network.sizes) == sizes
    program, mapped = load_weights(network.program(), weights)
    draw = np.random.default_rng(8)
    agree(program, mapped, model, draw.normal(size=(7, sizes[0])), draw.normal(size=(7, sizes[-1])), samples)


def test_a_square_matrix_taken_the_other_way_round_would_be_noticed():
    model = sequential(*NETWORKS["square"])
    wrong = {name: part.T if part.ndim == 2 else part for name, part in model.state_dict().items()}
    network = network_from(wrong, NETWORKS["square"][1], samples="rows", batch=7)
    program, mapped = load_weights(network.program(), wrong)
    draw = np.random.default_rng(8)
    with pytest.raises(AssertionError, match="Mismatched"):
        agree(program, mapped, model, draw.normal(size=(7, 4)), draw.normal(size=(7, 4)), "rows")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("as_file", [False, True])
def test_the_numbers_of_every_width_are_exactly_those_of_the_model(dtype, as_file, tmp_path):
    model = sequential([3, 5, 2], ["tanh", "tanh"], bias=False, dtype=dtype)
    weights = dict(model.named_parameters())  # which want gradients, and are detached
    if as_file:
        pytest.importorskip("safetensors.torch").save_file(model.state_dict(), tmp_path / "w.safetensors")
        weights = tmp_path / "w.safetensors"
    program, mapped = load_weights(network_from(weights, ["tanh", "tanh"]).program(), weights)
    np.testing.assert_array_equal(program.inputs["W1"], model[0].weight.detach().double().numpy())
    assert mapped[0].dtype == str(dtype).removeprefix("torch.")
    assert program.inputs["W1"].dtype == np.float64


def test_a_module_with_layers_called_by_their_names_is_told_apart_by_their_sizes():
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.output = torch.nn.Linear(5, 2)  # made first, and applied last
            self.hidden = torch.nn.Linear(3, 5)

        def forward(self, x):
            return self.output(torch.tanh(self.hidden(x)))

    torch.manual_seed(4)
    model = Model().double()
    network = network_from(sequential([3, 5, 2], ["tanh", "identity"]).state_dict(), ["tanh", "identity"], batch=7)
    program, mapped = load_weights(network.program(), model.state_dict())
    draw = np.random.default_rng(8)
    agree(program, mapped, model, draw.normal(size=(7, 3)), draw.normal(size=(7, 2)), "columns")


def test_what_torch_cannot_give_as_numbers_is_refused():
    from engine import Diagnostic

    for wrong in (torch.ones(3, 2, device="meta"), torch.ones(3, 2, dtype=torch.complex64), torch.ones(3, 2) > 0):
        with pytest.raises(Diagnostic) as raised:
            load_weights(network_from({"0.weight": torch.ones(3, 2)}, ["tanh"]).program(), {"0.weight": wrong})
        assert (raised.value.code, raised.value.where.key) == ("bad_value", "0.weight")

"""Damaged scenario files and odd arguments: a result or a located message, and nothing half-printed."""

from __future__ import annotations

import json
import random
import re

import pytest

from engine.scenario.library import read_source
from tests.cases.commands import run
from tests.cases.scenarios import cases, scenario_text

ATTENTION = """\
schema = 1
[program]
dims = { tokens = 5 }
shapes = { X = ["tokens", 3], Y = ["tokens", 2], Wq = [3, 4], Wk = [3, 4], Wv = [3, 2] }
forward = ["Q = X @ Wq", "K = X @ Wk", "S = Q @ K.T / 2", "A = softmax_rows(S)", "O = A @ (X @ Wv)",
           "L = half_squared_error(O, Y)"]
[view]
form = "hadamard"
[[script]]
do = "step"
"""
NETWORK = """\
schema = 1
[network]
sizes = [3, 4, 2]
activations = ["tanh", "softmax"]
loss = "cross_entropy"
bias = true
batch = 5
samples = "rows"
reduction = "mean"
"""
TEXTS = [
    read_source("question").text, ATTENTION, NETWORK,
    *(scenario_text(case) for name in ("wrong_formulas", "layout_identities", "worked_examples")
      for case in cases(name)[::6]),
]  # fmt: skip
JUNK = ["", "0", "-1", "1e308", "1e400", "nan", "inf", "9" * 400, "\x00", "\u202e", '"', "'''", "[[", "]]", "{", "}",
        "=", "true", "2024-01-01", "[1,2]", "{a=1}", "σ", "𝒲", "W2", "L", "all", "@", ".T", "**", "(", ")", "-1e308",
        "0x7f", "\r\n", "[[[1]]]", "5e-324", "softmax", "10000000000", "[3]", "[]"]  # fmt: skip
COMMANDS = [
    ["trace"], ["trace", "--json"], ["trace", "--target", "all", "--json"], ["trace", "--form", "vec"],
    ["trace", "--form", "index", "--layout", "numerator"], ["trace", "--form", "entry", "--order", "forward"],
    ["trace", "--form", "hadamard", "--fused"], ["trace", "--cost"], ["grad"], ["grad", "--json"], ["replay"],
    ["replay", "--json"], ["check", "--json"],
]  # fmt: skip


def damaged(text: str, dice: random.Random) -> str:
    """The text with one to three accidents: lines lost, doubled and swapped, tokens replaced, characters added."""
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        lines = text.split("\n")
        one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        tokens = list(re.finditer(r"[A-Za-z_]\w*|\d+\.?\d*|[^\s\w]", text))
        match dice.randrange(6):
            case 0:
                del lines[one]
            case 1:
                lines.insert(one, lines[other])
            case 2:
                lines[one], lines[other] = lines[other], lines[one]
            case 3 if tokens:
                token, by = dice.choice(tokens), dice.choice([dice.choice(tokens).group(), dice.choice(JUNK)])
                lines = [text[: token.start()] + by + text[token.end() :]]
            case 4:
                place = dice.randrange(len(text) + 1)
                lines = [text[:place] + dice.choice(JUNK) + text[place:]]
            case _:
                place = dice.randrange(len(text) + 1)
                lines = [text[:place] + text[place + dice.randrange(1, 9) :]]
        text = "\n".join(lines)
    return text


def assert_orderly(arguments: list[str], description: str) -> int:
    """Run a command; what it prints is whole, and what it refuses it refuses with one of its own messages."""
    status, out, err = run(*arguments)
    assert status in (0, 1, 2), f"{description}: {err}"
    assert "Traceback" not in err
    assert "internal error" not in err, f"{description}: {err}"
    if status == 2:
        assert out == "", description
        assert err.startswith("error["), description
    if "--json" in arguments:
        for line in out.splitlines():
            json.loads(line, parse_constant=pytest.fail)
    return status


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_scenario_is_run_or_refused(seed, tmp_path):
    dice = random.Random(seed)
    path = tmp_path / "damaged.toml"
    statuses = set()
    for _ in range(60):
        text = damaged(dice.choice(TEXTS), dice)
        path.write_bytes(text.encode())
        command, *options = dice.choice(COMMANDS)
        statuses.add(assert_orderly([command, str(path), *options], text))
    assert {0, 2} <= statuses


FLAGS = ["--of", "--target", "--layout", "--form", "--entry", "--order", "--fused", "--cost", "--json", "--plain",
         "--nope", "--target=", "--of=L", "--entry=1,1"]  # fmt: skip
VALUES = ["", "W3", "z2", "L", "x", "all", "nope", "W2[0,0]", "0,0", "9,9", "-1,0", "a,b", "denominator", "jacobian",
          "entry", "forward", "\x00", "σ" * 500, "--", "-", "∂", "1e9,0", "0,0,0", "x y", "True"]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_odd_arguments_are_answered_or_refused(seed):
    dice = random.Random(seed)
    for _ in range(60):
        arguments = [dice.choice(["trace", "trace", "grad", "replay", "check", "list"])]
        arguments += ["question"] * (arguments[0] != "list")
        for _ in range(dice.randrange(4)):
            arguments += [dice.choice(FLAGS)] + [dice.choice(VALUES)] * dice.choice([0, 1, 1])
        assert_orderly(arguments, " ".join(arguments))


CONTENTS = {
    "byte order mark": b"\xef\xbb\xbf" + NETWORK.encode(), "latin-1": b'title = "\xe9"\n' + NETWORK.encode(),
    "utf-16": NETWORK.encode("utf-16"), "nul": b"\0" * 100, "empty": b"", "lone surrogate": b"title = '\xed\xa0\x80'",
    "windows lines": NETWORK.replace("\n", "\r\n").encode(), "old mac lines": NETWORK.replace("\n", "\r").encode(),
    "endless line": b"a = " + b"[" * 100_000, "huge number": NETWORK.replace("3, 4", "3, " + "4" * 5_000).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_in_another_encoding_is_read_or_refused(name, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_bytes(CONTENTS[name])
    for command in ("trace", "grad", "check"):
        assert_orderly([command, str(path)], name)


@pytest.mark.parametrize("source", ["", " ", "/", "..", "-", "~", "\0", "σ", "a" * 5_000, "trace", "/dev/null"])
def test_a_source_that_is_no_scenario_is_refused_by_name(source):
    status = assert_orderly(["grad", source], source[:20])
    assert status == 2

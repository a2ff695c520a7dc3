"""Damaged scenario files and odd arguments: a result or a located message, and nothing half-printed."""

from __future__ import annotations

import json
import random

import pytest

from tests.cases.commands import run
from tests.scenario.accidents import NETWORK, TEXTS, damaged
from tests.scenario.fuzz import run as run_fuzz

COMMANDS = [
    ["trace"], ["trace", "--json"], ["trace", "--target", "all", "--json"], ["trace", "--form", "vec"],
    ["trace", "--form", "index", "--layout", "numerator"], ["trace", "--form", "entry", "--order", "forward"],
    ["trace", "--form", "hadamard", "--fused"], ["trace", "--cost"], ["grad"], ["grad", "--json"], ["replay"],
    ["replay", "--json"], ["check", "--json"],
]  # fmt: skip


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


@pytest.mark.parametrize("first", [0, 100, 200, 300])
def test_a_damaged_scenario_is_accepted_or_refused_in_time_and_reads_nothing_outside_of_its_folder(first):
    found = run_fuzz(100, first)
    assert found.bad == []
    assert found.accepted > 10
    assert sum(found.refused.values()) > 10

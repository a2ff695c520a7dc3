"""Stepping into a factor by a lesson's script."""

from __future__ import annotations

from engine.scenario import load
from engine.scenario.replay import Replay

LESSON = """
schema = 1
title = "Inside"
[network]
sizes = [2, 3, 4]
activations = ["tanh", "sigmoid"]
[values]
seed = 7
[view]
target = "W1"
[[script]]
do = "jump"
factor = "dz2/da1"
[[script]]
do = "step_into"
part = 1
say = "Row 1 of the transpose."
[[script]]
do = "step"
[[script]]
do = "step_out"
"""


def test_a_script_steps_in_and_out(tmp_path):
    path = tmp_path / "inside.toml"
    path.write_text(LESSON, encoding="utf-8")
    replay = Replay(load(str(path)))
    seen = [(event.do, event.ok, replay.session.state.inside) for event in replay]
    assert seen == [("jump", True, None), ("step_into", True, 1), ("step", True, 2), ("step_out", True, None)]

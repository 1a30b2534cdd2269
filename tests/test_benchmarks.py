"""The benchmarks of training steps run: they build their trainings by hand, and nothing else would notice."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.steps import quality_step, small_library, stage1_step, stage2_step


@pytest.mark.parametrize(
    "measure", [stage1_step, partial(stage1_step, by_default=True), stage2_step, quality_step]
)
def test_a_round_of_steps_has_a_ratio(measure: Callable[..., dict[str, Any]], tmp_path: Path):
    found = measure(small_library(tmp_path, count=16), rounds=1)
    assert found["ratio"] > 0 and found["seconds"] > 0

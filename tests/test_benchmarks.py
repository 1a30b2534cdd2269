"""The benchmarks of training steps run: they build their trainings by hand, and nothing else would notice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from benchmarks.steps import quality_step, small_library, stage1_step, stage2_step
from wordmend.pairs.library import PairLibrary


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> PairLibrary:
    return small_library(tmp_path_factory.mktemp("pairs"), count=16)


@pytest.mark.parametrize(
    "measure", [stage1_step, partial(stage1_step, by_default=True), stage2_step, quality_step]
)
def test_a_round_of_steps_has_a_ratio(measure: Callable[..., dict[str, Any]], pairs: PairLibrary):
    found = measure(pairs, rounds=1)
    assert found["ratio"] > 0 and found["seconds"] > 0

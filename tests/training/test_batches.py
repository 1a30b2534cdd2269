import hashlib
import pickle
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordmend.seeds import seed_for
from wordmend.training.batches import StepSampler, even_parts, part_of_process, workers_for
from wordmend.training.config import LoopConfig

sizes = st.integers(1, 40)


@given(length=sizes, batch_size=sizes, seed=st.integers(0, 9), start=st.integers(0, 20))
def test_a_batch_depends_on_seed_and_step_alone(length: int, batch_size: int, seed: int, start: int):
    from_start = list(islice(StepSampler(length, batch_size, seed), start, start + 3))
    resumed = list(islice(StepSampler(length, batch_size, seed, start=start), 3))
    asked = [StepSampler(length, batch_size, seed).batch(step) for step in range(start, start + 3)]
    assert from_start == resumed == asked


@given(length=sizes, batch_size=sizes, seed=st.integers(0, 9))
def test_each_pass_shows_every_sample_once(length: int, batch_size: int, seed: int):
    items = [item for batch in islice(StepSampler(length, batch_size, seed), length * 2) for item in batch]
    for start in range(0, 2 * length, length):
        assert sorted(index for index, _ in items[start : start + length]) == list(range(length))


@given(length=sizes, data=st.data())
def test_first_ones_come_first_in_every_pass(length: int, data: st.DataObject):
    first = data.draw(st.sets(st.integers(0, length - 1)))
    sampler = StepSampler(length, batch_size=1, seed=3, first=sorted(first))
    for epoch in range(2):
        assert set(sampler.permutation(epoch)[: len(first)].tolist()) == first


def test_batches_are_the_same_from_version_to_version():
    drawn = list(islice(StepSampler(7, 3, seed=1), 3))
    assert [[index for index, _ in batch] for batch in drawn] == [[5, 0, 1], [4, 2, 6], [3, 6, 1]]
    assert drawn[0][0] == (5, 2824133121499673728)
    first = islice(StepSampler(7, 3, seed=1, first=[2, 5]), 5)
    expected = [[5, 2, 0], [1, 4, 6], [3, 2, 5], [6, 1, 4], [0, 3, 5]]
    assert [[index for index, _ in batch] for batch in first] == expected
    sampler = StepSampler(1000, 16, seed=7, first=range(50))
    batches = repr([sampler.batch(step) for step in range(130)])
    assert hashlib.sha256(batches.encode()).hexdigest().startswith("884161bb90da8ff0")


@pytest.mark.parametrize("way", ["batch", "back", "iteration", "agenda"])
def test_a_pass_is_put_into_order_once(monkeypatch: pytest.MonkeyPatch, way: str):
    epochs: list[int] = []
    default_rng = np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda s: epochs.append(s[1]) or default_rng(s))
    sampler = StepSampler(10, 4, seed=0, agenda=Between() if way == "agenda" else None)
    if way in ("batch", "back"):
        for step in range(10) if way == "batch" else reversed(range(10)):
            sampler.batch(step)
    else:
        list(islice(sampler, 10))
    assert sorted(epochs) == [0, 1, 2, 3]


def test_a_pickled_sampler_goes_on():
    sampler = StepSampler(10, 4, seed=0)
    sampler.batch(1)
    assert pickle.loads(pickle.dumps(sampler)).batch(2) == sampler.batch(2)


class Between:
    """An agenda that is set by hand."""

    def __init__(self) -> None:
        self.due: list[int] = []
        self.waiting: set[int] = set()

    def take_due(self, count: int) -> list[int]:
        taken, self.due = self.due[:count], self.due[count:]
        return taken

    def waits(self, index: int) -> bool:
        return index in self.waiting


def test_an_agenda_with_nothing_on_it_changes_nothing():
    plain, with_agenda = StepSampler(7, 3, seed=1), StepSampler(7, 3, seed=1, agenda=Between())
    assert list(islice(plain, 6)) == list(islice(with_agenda, 6))


def test_what_is_due_comes_next_and_shifts_the_others():
    agenda = Between()
    plain = [index for batch in islice(StepSampler(20, 4, seed=1), 3) for index, _ in batch]
    batches = iter(StepSampler(20, 4, seed=1, agenda=agenda))
    assert [index for index, _ in next(batches)] == plain[:4]
    agenda.due = [7, 8, 9, 10, 11]
    second, third = next(batches), next(batches)
    assert [index for index, _ in second] == [7, 8, 9, 10]
    assert [index for index, _ in third] == [11, *plain[4:7]]
    assert len({draw for _, draw in second + third}) == 8


def test_what_waits_is_passed_over_unless_everything_does():
    agenda = Between()
    agenda.waiting = {1, 3}
    seen = [i for batch in islice(StepSampler(5, 3, seed=1, agenda=agenda), 10) for i, _ in batch]
    assert set(seen) == {0, 2, 4}
    agenda.waiting = set(range(5))
    assert len(next(iter(StepSampler(5, 3, seed=1, agenda=agenda)))) == 3


def test_draws_differ_between_visits():
    items = [item for batch in islice(StepSampler(4, 4, seed=0), 50) for item in batch]
    assert len({draw for _, draw in items}) == len(items)


def test_seeds_are_stable_and_independent():
    assert seed_for(0, "restorer weights") == seed_for(0, "restorer weights")
    assert len({seed_for(seed, name) for seed in range(50) for name in "abc"}) == 150


def test_parts_are_even_and_none_is_empty():
    assert even_parts(8, 2) == [(0, 4), (4, 8)]
    assert even_parts(5, 2) == [(0, 2), (2, 5)]
    assert even_parts(2, 5) == [(0, 1), (1, 2)]


def test_processes_share_a_batch():
    assert [part_of_process(5, rank, 2) for rank in range(2)] == [(0, 2, 0.4), (2, 5, 0.6)]
    assert part_of_process(8, 0, 1) == (0, 8, 1.0)
    # who has nothing to do works for nothing
    assert [part_of_process(2, rank, 3) for rank in range(3)] == [(0, 1, 0.5), (1, 2, 0.5), (0, 1, 0.0)]


@pytest.mark.parametrize(
    ("wanted", "loop", "cores", "gpu", "workers"),
    [
        (None, {}, 16, False, 0),
        (None, {}, 16, True, 8),
        (None, {}, 4, True, 3),
        (None, {}, 1, True, 1),
        (None, {"launcher": "ray", "processes": 4}, 16, True, 3),
        (None, {"device": "cpu"}, 16, True, 0),
        (0, {}, 16, True, 0),
        (3, {}, 2, False, 3),
    ],
)
def test_batches_are_made_ahead_beside_a_gpu(
    monkeypatch, wanted: int | None, loop: dict[str, object], cores: int, gpu: bool, workers: int
):
    monkeypatch.setattr("torch.accelerator.is_available", lambda: gpu)
    monkeypatch.setattr("wordmend.training.batches.usable_cores", lambda: cores)
    config = LoopConfig.model_validate({"steps": 1, "learning_rate": 1.0, **loop})
    assert workers_for(wanted, config) == workers

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from wordmend.seeds import seed_for
from wordmend.training.batches import StepSampler

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


def test_draws_differ_between_visits():
    items = [item for batch in islice(StepSampler(4, 4, seed=0), 50) for item in batch]
    assert len({draw for _, draw in items}) == len(items)


def test_seeds_are_stable_and_independent():
    assert seed_for(0, "restorer weights") == seed_for(0, "restorer weights")
    assert len({seed_for(seed, name) for seed in range(50) for name in "abc"}) == 150

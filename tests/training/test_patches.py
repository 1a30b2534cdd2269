"""Crops and batches whose sizes change while a training runs."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training.test_checkpoints import Killed, KillingLog
from tests.training.test_stages import LOOP, stage1_config, weights_of
from wordmend.errors import ParameterError
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image
from wordmend.pairs.library import PairLibrary
from wordmend.training.batches import StepSampler
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.pair_batch import PairBatch, window_of
from wordmend.training.pair_batches import last_pair_ids, pair_batches, sampler_of
from wordmend.training.patches import Phase, phase_of, samples_before
from wordmend.training.restoration import RestorationTask
from wordmend.training.run import TrainingRun
from wordmend.training.stages import train_stage1
from wordmend.training.variety import Variety

PHASES = [
    Phase(until=2, size=16, batch_size=5),
    Phase(until=3, size=24, batch_size=3),
    Phase(batch_size=2),
]


def batches(pairs: PairLibrary, count: int, start: int = 0, **settings: Any) -> list[PairBatch]:
    sampler = sampler_of(pairs, PHASES, seed=4, start=start)
    return list(islice(pair_batches(pairs, sampler, start=start, phases=PHASES, **settings), count))


def test_phases_change_after_their_last_step(small_library: PairLibrary):
    shapes = [tuple(batch.lq.shape) for batch in batches(small_library, 5)]
    small, middle, whole = (5, 3, 16, 16), (3, 3, 24, 24), (2, 3, 32, 32)
    assert shapes == [small, small, middle, whole, whole]


@pytest.mark.parametrize("augment", [False, True])
def test_both_crops_of_a_pair_are_the_same_window_of_its_pictures(small_library: PairLibrary, augment: bool):
    corners = set()
    for batch in batches(small_library, 3, variety=Variety(augment=augment)):
        side = batch.lq.shape[-1]
        for row, pair_id in enumerate(batch.pair_ids):
            pair = small_library.read(pair_id)
            window = window_of(batch.draws[row], side, 32, 32)
            corners.add((window.x, window.y))
            for full, crop in ((pair.lq, batch.lq[row]), (pair.gt, batch.gt[row])):
                expected = full[window.y : window.y + side, window.x : window.x + side]
                expected = batch.orientations[row].of_image(expected)
                assert np.array_equal(crop.permute(1, 2, 0).numpy(), expected)
    assert len(corners) > 5


@given(draw=st.integers(0, 2**63 - 1), size=st.integers(1, 9), data=st.data())
def test_a_window_lies_in_its_picture(draw: int, size: int, data: st.DataObject):
    height, width = data.draw(st.integers(size, 20)), data.draw(st.integers(size, 20))
    window = window_of(draw, size, height, width)
    assert (window.width, window.height) == (size, size)
    assert 0 <= window.x <= width - size
    assert 0 <= window.y <= height - size


def test_every_window_comes_and_none_much_more_often():
    draws = [draw for batch in islice(StepSampler(50, 50, seed=0), 40) for _, draw in batch]
    windows = [window_of(draw, 30, 31, 33) for draw in draws]
    counts = [windows.count(window) for window in set(windows)]
    assert len(counts) == 2 * 4
    assert max(counts) < 1.5 * min(counts)


@pytest.mark.parametrize("size", [16, 24])
def test_square_crops_of_oblong_pairs_are_turned(tmp_path: Path, small_library: PairLibrary, size: int):
    pairs = oblong(tmp_path, small_library)
    phases = [Phase(size=size, batch_size=6)]
    batch = next(pair_batches(pairs, sampler_of(pairs, phases, seed=0), phases=phases))
    assert batch.lq.shape == batch.gt.shape == (6, 3, size, size)
    assert any(orientation.turns for orientation in batch.orientations)
    for row, pair_id in enumerate(batch.pair_ids):
        window = window_of(batch.draws[row], size, 24, 32)
        gt = pairs.read(pair_id).gt[window.y : window.y + size, window.x : window.x + size]
        gt = batch.orientations[row].of_image(gt)
        assert np.array_equal(batch.gt[row].permute(1, 2, 0).numpy(), gt)


def oblong(folder: Path, pairs: PairLibrary) -> PairLibrary:
    """The first pairs with 24 of their 32 rows."""
    table = pairs.table.head(6).assign(height=24, damage_path=None)
    for path in (*table["lq_path"], *table["gt_path"]):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_image(folder / path, read_image(pairs.folder / path)[:24])
    return PairLibrary(folder, table)


def test_workers_change_nothing(small_library: PairLibrary):
    for one, other in zip(batches(small_library, 5), batches(small_library, 5, workers=2), strict=True):
        assert one.pair_ids == other.pair_ids
        assert torch.equal(one.lq, other.lq)


@pytest.mark.parametrize("start", [1, 2, 3, 4])
def test_resumed_batches_are_the_same_in_the_middle_of_a_phase_and_between_two(
    small_library: PairLibrary, start: int
):
    resumed = batches(small_library, 6 - start, start=start)
    for one, other in zip(batches(small_library, 6)[start:], resumed, strict=True):
        assert (one.pair_ids, one.draws, one.step) == (other.pair_ids, other.draws, other.step)
        assert torch.equal(one.lq, other.lq)


phases_of_any_sizes = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 12)), min_size=1, max_size=4).map(
    lambda drawn: [
        Phase(until=sum(steps for steps, _ in drawn[: place + 1]), batch_size=size)
        for place, (_, size) in enumerate(drawn)
    ]
)


@given(phases=phases_of_any_sizes, length=st.integers(1, 30), start=st.integers(0, 40))
def test_a_batch_depends_on_seed_and_step_alone(phases: list[Phase], length: int, start: int):
    sizes = [phase_of(phases, step).batch_size for step in range(start + 3)]
    assert samples_before(phases, start) == sum(sizes[:start])
    from_start = list(islice(StepSampler(length, phases, seed=1), start, start + 3))
    assert [len(batch) for batch in from_start] == sizes[start:]
    assert from_start == list(islice(StepSampler(length, phases, seed=1, start=start), 3))
    assert from_start == [StepSampler(length, phases, seed=1).batch(step) for step in range(start, start + 3)]


@given(phases=phases_of_any_sizes, length=st.integers(1, 30))
def test_each_pass_shows_every_sample_once_across_phases(phases: list[Phase], length: int):
    items = [item for batch in islice(StepSampler(length, phases, seed=1), 2 * length) for item in batch]
    for start in range(0, 2 * length, length):
        assert sorted(index for index, _ in items[start : start + length]) == list(range(length))


def test_last_pairs_are_those_of_the_last_steps(small_library: PairLibrary):
    seen = [pair_id for batch in batches(small_library, 4) for pair_id in batch.pair_ids]
    assert last_pair_ids(small_library, PHASES, seed=4, steps=4, count=9) == seen[::-1][:9]


TWO = [{"until": 0.5, "size": 16, "batch_size": 4}, {"size": 32, "batch_size": 2}]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[PairBatch]:
    """The batches that restorers are trained on."""
    found: list[PairBatch] = []
    step = RestorationTask.step

    def watched(self: RestorationTask, batch: PairBatch):
        found.append(batch)
        return step(self, batch)

    monkeypatch.setattr(RestorationTask, "step", watched)
    return found


def test_stage1_trains_on_crops_that_grow(small_library: PairLibrary, seen: list[PairBatch]):
    loop = LOOP | {"steps": 6}
    training = train_stage1(small_library, stage1_config(patches=TWO, loop=loop), seed=3)
    assert [tuple(batch.lq.shape) for batch in seen] == [(4, 3, 16, 16)] * 3 + [(2, 3, 32, 32)] * 3
    ids = [pair_id for batch in seen for pair_id in batch.pair_ids]
    assert training.last_pair_ids == ids[::-1]  # 18 visits, fewer than there are pairs to train on
    whole = train_stage1(small_library, stage1_config(loop=loop), seed=3).training
    # before the first step the networks are the same, and validation shows both whole pairs
    assert training.training.validations.iloc[0].equals(whole.validations.iloc[0])


def test_stage1_learns_from_crops(small_library: PairLibrary):
    patches = [{"until": 0.75, "size": 16, "batch_size": 8}, {"size": 32, "batch_size": 2}]
    loop = LOOP | {"steps": 40, "learning_rate": 5e-3}
    config = stage1_config(patches=patches, pairs_part={"end": 0.1}, loop=loop)
    losses = train_stage1(small_library, config, seed=0).training.losses["pixel_loss"]
    assert losses.iloc[-5:].mean() < 0.9 * losses.iloc[:5].mean()


@pytest.mark.parametrize("kill", [2, 4, 5])
def test_stage1_that_was_interrupted_ends_in_the_same_weights(
    small_library: PairLibrary, tmp_path: Path, kill: int
):
    config = stage1_config(patches=TWO, loop=LOOP | {"steps": 6, "checkpoint_every": 1})
    expected = train_stage1(small_library, config, seed=3)
    checkpoints = Checkpoints(tmp_path / "stage1", {"training": "stage1"})
    with pytest.raises(Killed):
        train_stage1(small_library, config, 3, TrainingRun(KillingLog(kill), checkpoints=checkpoints))
    found = train_stage1(small_library, config, 3, TrainingRun(checkpoints=checkpoints))
    assert torch.equal(weights_of(found.restorer), weights_of(expected.restorer))
    assert found.training.losses.equals(expected.training.losses)
    assert found.last_pair_ids == expected.last_pair_ids


def test_accumulated_parts_give_the_same_losses(small_library: PairLibrary):
    whole, parts = (
        train_stage1(
            small_library, stage1_config(patches=TWO, loop=LOOP | {"accumulate": accumulate}), seed=3
        )
        for accumulate in (1, 3)
    )
    assert np.allclose(whole.training.losses, parts.training.losses, rtol=1e-3)


@pytest.mark.parametrize(
    ("untils", "message"),
    [
        ((0.2, 0.2, None), r"until 0\.2 comes after until 0\.2: it must rise"),
        ((0.3, 0.2, None), r"until 0\.2 comes after until 0\.3"),
        ((0.2, None, None), "phase 2 of 3 has no until"),
        ((0.1, 0.2, 0.3), r"the last phase has until 0\.3"),
        ((1000, None), "less than 1"),
    ],
)
def test_phases_that_do_not_follow_each_other_are_refused(untils: tuple[float | None, ...], message: str):
    patches = [{"until": until, "size": 16, "batch_size": 2} for until in untils]
    with pytest.raises(ValueError, match=message):
        stage1_config(patches=patches)


@pytest.mark.parametrize(("steps", "until"), [(1600, 1000), (800, 500), (1, 1)])
def test_phases_grow_with_the_training(steps: int, until: int):
    patches = [{"until": 0.625, "size": 16, "batch_size": 4}, {"batch_size": 2}]
    config = stage1_config(patches=patches, loop=LOOP | {"steps": steps})
    assert list(config.phases) == [Phase(4, 16, until), Phase(2)]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (48, r"size 48 is larger than the pairs, 32x32: lower it to 32 or less, leave patches empty"),
        (24, r"size 24 .*multiple of 16.*to 16"),
    ],
)
def test_crops_that_pairs_or_network_do_not_allow_are_refused(
    small_library: PairLibrary, size: int, message: str
):
    config = stage1_config(patches=[{"size": size, "batch_size": 2}])
    with pytest.raises(ParameterError, match=message):
        train_stage1(small_library, config, seed=0)

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from wordmend.comments.entry import Dimension
from wordmend.pairs.library import PairLibrary
from wordmend.training.pair_batch import PairBatch
from wordmend.training.pair_batches import PairDataset, last_pair_ids, pair_batches, sampler_of
from wordmend.training.pair_pixels import DAMAGE
from wordmend.training.transplants import NO_TRANSPLANTS, Transplants
from wordmend.training.variety import Variety


def batches(pairs: PairLibrary, batch_size: int, seed: int, **settings: Any) -> Iterator[PairBatch]:
    return pair_batches(pairs, sampler_of(pairs, batch_size, seed), **settings)


def some_batches(pairs: PairLibrary, count: int, variety: Variety, workers: int = 0) -> list[PairBatch]:
    return list(islice(batches(pairs, 8, seed=5, variety=variety, workers=workers), count))


def test_batches_hold_what_the_files_hold(small_library: PairLibrary):
    batch = next(batches(small_library, 4, seed=1))
    assert batch.lq.shape == batch.gt.shape == (4, 3, 32, 32)
    for row, pair_id in enumerate(batch.pair_ids):
        gt = batch.orientations[row].of_image(small_library.read(pair_id).gt)
        assert np.array_equal(batch.gt[row].permute(1, 2, 0).numpy(), gt)


def test_damage_maps_turn_with_the_images(small_library: PairLibrary):
    found = list(islice(batches(small_library, 10, seed=1), 3))
    assert any(damage is not None and damage.any() for batch in found for damage in batch.damage)
    for batch in found:
        for row, pair_id in enumerate(batch.pair_ids):
            damage = small_library.read(pair_id).damage
            assert damage is not None
            expected = batch.orientations[row].of_image(damage[:, :, None])[:, :, 0]
            assert np.array_equal(batch.damage[row], expected)


def test_the_second_visit_reads_the_same_pixels(small_library: PairLibrary):
    part = small_library.select(small_library.pair_ids[:2])
    first, second = islice(batches(part, 2, seed=0, variety=Variety(augment=False)), 2)
    order = [second.pair_ids.index(pair_id) for pair_id in first.pair_ids]
    assert torch.equal(first.gt, second.gt[order])


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_change_nothing(small_library: PairLibrary, workers: int):
    expected = list(islice(batches(small_library, 4, seed=5), 3))
    found = list(islice(batches(small_library, 4, seed=5, workers=workers), 3))
    for one, other in zip(expected, found, strict=True):
        assert one.pair_ids == other.pair_ids
        assert torch.equal(one.lq, other.lq)


def test_pieces_come_as_often_as_is_set_and_in_any_process_alike(small_library: PairLibrary):
    plain, some, again = (
        some_batches(small_library, 6, Variety(pieces=share), workers)
        for share, workers in ((0.0, 0), (0.5, 0), (0.5, 2))
    )
    changed = [
        not torch.equal(a, b)
        for x, y in zip(plain, some, strict=True)
        for a, b in zip(x.gt, y.gt, strict=True)
    ]
    assert 0.2 < np.mean(changed) < 0.6  # now and then a piece lies outside
    assert all(torch.equal(one.lq, other.lq) for one, other in zip(some, again, strict=True))
    for before, after in zip(plain, some, strict=True):
        for image, pasted in enumerate(after.pasted):
            elsewhere = torch.ones(32, 32) if pasted is None else torch.from_numpy(1 - pasted)
            assert torch.equal(before.lq[image] * elsewhere, after.lq[image] * elsewhere)


def test_named_damage_comes_on_others_as_often_as_is_set(small_library: PairLibrary):
    damaged: dict[Dimension, list[str]] = {
        dimension: [
            pair.pair_id
            for pair in small_library
            if pair.damage is not None and (pair.damage == value).mean() > 0.02
        ]
        for dimension, value in DAMAGE.items()
    }
    count = sum(map(len, damaged.values()))
    assert min(map(len, damaged.values())) > 1
    named_damage = Transplants(damage_share=0.5, pair_ids=damaged)
    plain, some, again = (
        some_batches(small_library, 20, Variety(pieces=0.5, transplants=whose), workers)
        for whose, workers in ((NO_TRANSPLANTS, 0), (named_damage, 0), (named_damage, 2))
    )
    assert all(torch.equal(one.lq, other.lq) for one, other in zip(some, again, strict=True))
    named = [dimensions for batch in some for dimensions in batch.named]
    for dimension, pair_ids in damaged.items():
        found = np.mean([dimensions == (dimension,) for dimensions in named])
        assert found == pytest.approx(0.5 * len(pair_ids) / count, abs=0.1)
    for before, after in zip(plain, some, strict=True):
        assert torch.equal(before.gt, after.gt)
        for image, dimensions in enumerate(after.named):
            damage, pasted = after.damage[image], after.pasted[image]
            assert damage is not None
            changed = (before.lq[image] != after.lq[image]).any(dim=0).numpy()
            if not dimensions:
                assert not changed.any()
                continue
            assert changed.any() and pasted is not None
            assert (damage[changed] == DAMAGE[dimensions[0]]).all() and pasted[changed].all()


def test_named_noise_comes_on_others_as_often_as_is_set(small_library: PairLibrary):
    noises = Transplants(noise_share=0.4, pair_ids={"noise": small_library.pair_ids})
    assert any(pair.recipe is not None and "noise" in pair.recipe for pair in small_library)
    plain, some, again = (
        some_batches(small_library, 20, variety, workers)
        for variety, workers in (
            (Variety(), 0),
            (Variety(transplants=noises), 0),
            (Variety(transplants=noises), 2),
        )
    )
    assert all(torch.equal(one.lq, other.lq) for one, other in zip(some, again, strict=True))
    named = [dimensions == ("noise",) for batch in some for dimensions in batch.named]
    assert 0.3 < np.mean(named) < 0.5
    for before, after in zip(plain, some, strict=True):
        assert torch.equal(before.gt, after.gt)
        same = [torch.equal(one, other) for one, other in zip(before.lq, after.lq, strict=True)]
        assert same == [dimensions == () for dimensions in after.named]


def test_clean_pairs_come_as_often_as_is_set_and_leave_the_others_as_they_are(small_library: PairLibrary):
    everything = Variety(pieces=0.5)
    plain, some, again = (
        some_batches(small_library, 20, variety, workers)
        for variety, workers in (
            (everything, 0),
            (replace(everything, clean=0.3), 0),
            (replace(everything, clean=0.3), 2),
        )
    )
    assert all(torch.equal(one.lq, other.lq) for one, other in zip(some, again, strict=True))
    is_clean = []
    for before, after in zip(plain, some, strict=True):
        assert torch.equal(before.gt, after.gt)
        for image in range(8):
            is_clean.append(torch.equal(after.lq[image], after.gt[image]))
            if is_clean[-1]:
                damage = after.damage[image]
                assert damage is not None and not damage.any() and not after.named[image]
                assert after.pasted[image] is not None  # nobody is asked about it
            else:
                assert torch.equal(before.lq[image], after.lq[image])
    assert 0.2 < np.mean(is_clean) < 0.4


def test_the_same_pairs_are_clean_with_and_without_what_comes_on_others(small_library: PairLibrary):
    named: dict[Dimension, list[str]] = dict.fromkeys((*DAMAGE, "noise"), small_library.pair_ids)
    transplants = Transplants(damage_share=0.5, noise_share=0.5, pair_ids=named)
    without, with_them = (
        some_batches(small_library, 20, Variety(pieces=0.5, transplants=whose, clean=0.3))
        for whose in (NO_TRANSPLANTS, transplants)
    )
    clean = [
        [torch.equal(lq, gt) for batch in batches for lq, gt in zip(batch.lq, batch.gt, strict=True)]
        for batches in (without, with_them)
    ]
    assert clean[0] == clean[1]
    assert 0.2 < np.mean(clean[0]) < 0.4


def test_pictures_take_no_more_memory_than_allowed(small_library: PairLibrary):
    dataset = PairDataset(
        small_library, variety=Variety(augment=False), cache_bytes=3 * 32 * 32 * (3 + 3 + 1)
    )  # and a damage map
    for index in range(6):
        dataset[index, 0, None]
    assert sorted(dataset.cache) == [0, 1, 2]


def test_processes_that_read_share_the_memory_for_pictures(
    small_library: PairLibrary, monkeypatch: pytest.MonkeyPatch
):
    limits: list[int] = []

    class Watched(PairDataset):
        def __init__(self, pairs: PairLibrary, augment: bool, cache_bytes: int, *more: Any) -> None:
            limits.append(cache_bytes)
            super().__init__(pairs, augment, cache_bytes, *more)

    monkeypatch.setattr("wordmend.training.pair_batches.PairDataset", Watched)
    for workers in (0, 1, 2):
        next(batches(small_library, 4, seed=5, workers=workers))
    assert limits == [2 << 30, 2 << 30, 1 << 30]


def test_a_batch_does_not_list_all_pairs(small_library: PairLibrary, monkeypatch: pytest.MonkeyPatch):
    drawn = batches(small_library, 4, seed=5)
    next(drawn)
    monkeypatch.setattr(PairLibrary, "pair_ids", None)
    assert len(next(drawn).pair_ids) == 4


def test_last_pairs_are_those_of_the_last_steps(small_library: PairLibrary):
    seen = [p for batch in islice(batches(small_library, 4, seed=2), 5) for p in batch.pair_ids]
    assert last_pair_ids(small_library, 4, seed=2, steps=5, count=6) == seen[::-1][:6]


def test_there_are_no_more_last_pairs_than_pairs(small_library: PairLibrary):
    part = small_library.select(small_library.pair_ids[:3])
    assert sorted(last_pair_ids(part, 2, seed=0, steps=50, count=40)) == sorted(part.pair_ids)


def test_parts_of_a_batch_make_up_the_whole(small_library: PairLibrary):
    whole = next(batches(small_library, 5, seed=0))
    parts = whole.split(2)
    assert [len(part.names) for part in parts] == [2, 3]
    assert [part.share for part in parts] == [0.4, 0.6]
    assert torch.equal(torch.cat([part.lq for part in parts]), whole.lq)
    assert [place for part in parts for place in part.places] == [0, 1, 2, 3, 4]
    assert [name for part in parts for name in part.names] == whole.pair_ids
    assert parts[1].split(3)[0].share == pytest.approx(0.2)
    assert len(whole.split(9)) == 5


def test_each_process_gets_its_part_of_every_batch(small_library: PairLibrary):
    whole = list(islice(batches(small_library, 5, seed=0), 3))
    sampler = sampler_of(small_library, 5, 0)
    of = [list(islice(pair_batches(small_library, sampler, rank=r, world_size=2), 3)) for r in range(2)]
    for expected, first, second in zip(whole, *of, strict=True):
        assert (first.share, second.share) == (0.4, 0.6)
        assert first.pair_ids + second.pair_ids == expected.pair_ids
        assert first.places + second.places == expected.places
        assert torch.equal(torch.cat([first.lq, second.lq]), expected.lq)
        assert first.step == second.step == expected.step


def test_batches_know_their_step(small_library: PairLibrary):
    found = islice(batches(small_library, 2, seed=0, start=6), 2)
    assert [batch.step for batch in found] == [7, 8]

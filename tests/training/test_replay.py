from collections import Counter
from itertools import islice

import numpy as np
import pytest
from torch import nn

from wordmend.comments.entry import Dimension, Source
from wordmend.comments.words import TargetText
from wordmend.pairs.library import PairLibrary
from wordmend.training.batches import StepSampler
from wordmend.training.pair_pixels import PairPixels
from wordmend.training.replay import Replay, named_damage, repeat_factors, with_damage
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import Stage2Config


def text(dimension: Dimension, source: Source = "person") -> TargetText:
    return TargetText("it is as it should be", dimension, None, source, "c", "s")


def test_the_rarer_what_was_named_the_more_often_a_pair_comes():
    pair_ids = [str(number) for number in range(16)]
    words = {pair_id: [text("sharpness")] for pair_id in pair_ids[:12]}
    words |= {"0": [text("sharpness"), text("scratches")], "12": [text("preset", "preset")]}
    factors = repeat_factors(pair_ids, words, limit=10)
    assert factors[0] == pytest.approx(4)  # one of 16
    assert factors[1:12] == [pytest.approx((16 / 12) ** 0.5)] * 11
    assert factors[12:] == [1.0] * 4


def test_a_limit_holds():
    assert repeat_factors(["a", "b", "c", "d", "e"], {"a": [text("noise")]}, limit=2) == [2, 1, 1, 1, 1]


def test_nothing_said_repeats_nothing():
    assert repeat_factors(["a", "b"], {}, limit=5) == [1.0, 1.0]


def test_a_pass_has_each_sample_as_often_as_its_factor_says():
    factors = [1.0, 2.5, 1.0, 4.0]
    sampler = StepSampler(4, 1, seed=3, repeats=factors)
    passes = [Counter(sampler.permutation(epoch).tolist()) for epoch in range(200)]
    assert {sum(found.values()) for found in passes} == {8}  # 8.5 come to 8
    means = [sum(found[index] for found in passes) / 200 for index in range(4)]
    assert means == pytest.approx([factor * 8 / 8.5 for factor in factors], abs=0.1)
    for found in passes:
        assert all(abs(found[index] - factors[index] * 8 / 8.5) < 1 for index in range(4))


def test_factors_of_one_change_nothing():
    plain, same = StepSampler(7, 3, seed=1), StepSampler(7, 3, seed=1, repeats=[1.0] * 7)
    assert list(islice(plain, 10)) == list(islice(same, 10))


def test_after_a_step_each_pair_comes_once_a_pass(small_library: PairLibrary):
    pairs = small_library.split("train")
    config = Stage2Config.model_validate({"batch_size": 5, "loop": {"steps": 20, "learning_rate": 1e-3}})

    def drawn(replay: Replay | None, start: int = 0) -> list[list[str]]:
        task = RestorationTask("stage2", nn.Identity(), pairs, pairs, config, seed=1, replay=replay)
        return [batch.pair_ids for batch in islice(task.batches(start), 9 - start)]

    replay = Replay(until=4, repeats=[8.0, *[1.0] * (len(pairs) - 1)])
    replayed, plain = drawn(replay), drawn(None)
    assert replayed[:4] != plain[:4]
    assert replayed[4:] == plain[4:]
    assert sum(ids.count(pairs.pair_ids[0]) for ids in replayed[:4]) > 1
    for start in (2, 6):
        assert drawn(replay, start) == replayed[start:]


def test_damage_that_maps_tell_of_and_words_named_comes_again():
    words = {
        "0": [text("scratches"), text("noise"), text("missing_parts")],
        "1": [text("sharpness")],
        "2": [text("scratches", "preset")],
        "3": [text("scratches"), text("scratches")],
    }
    assert named_damage(words) == {"0": ("missing_parts", "scratches"), "3": ("scratches",)}


def pixels_of(lq: int, gt: int, height: int = 8, width: int = 8) -> PairPixels:
    pictures = [np.full((height, width, 3), value, np.uint8) for value in (lq, gt)]
    return PairPixels(*pictures, np.zeros((height, width), np.uint8))


def damaged_of(height: int = 8, width: int = 8) -> PairPixels:
    """White where it is scratched, along the top, and where a part is missing, in a corner below."""
    pair = pixels_of(100, 110, height, width)
    assert pair.damage is not None
    pair.damage[0], pair.damage[-2:, :2] = 1, 2
    pair.lq[pair.damage > 0] = 255
    return pair


def test_damage_lies_on_another_picture_as_it_was():
    made = with_damage(pixels_of(10, 20), damaged_of(), ("scratches",), turns=1)
    expected = np.zeros((8, 8), np.uint8)
    expected[:, 0] = 1  # the top is at the left
    assert np.array_equal(made.damage, expected)
    assert np.array_equal(made.pasted, expected)
    assert np.array_equal(made.lq[..., 0], np.where(expected > 0, 255, 10))
    assert (made.gt == 20).all()
    assert made.named == ("scratches",)


def test_pieces_that_are_there_stay_marked():
    pasted = np.zeros((8, 8), np.uint8)
    pasted[5, 5] = 1
    pair = pixels_of(10, 20)
    made = with_damage(PairPixels(pair.lq, pair.gt, pair.damage, pasted), damaged_of(), ("scratches",), 0)
    assert made.pasted is not None
    assert made.pasted[5, 5] == 1 and made.pasted[0].all() and made.pasted.sum() == 9


@pytest.mark.parametrize("height", [8, 12])
def test_what_is_not_known_or_does_not_fit_changes_nothing(height: int):
    pair, other = pixels_of(10, 20, height), damaged_of(height)
    unknown = PairPixels(pair.lq, pair.gt, None)
    assert with_damage(unknown, other, ("scratches",), 0) is unknown
    assert with_damage(pair, PairPixels(other.lq, other.gt, None), ("scratches",), 0) is pair
    assert with_damage(pair, pair, ("scratches",), 0) is pair
    assert (with_damage(pair, other, ("scratches",), 1) is pair) == (height != 8)

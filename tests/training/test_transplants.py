import numpy as np
import pytest

from wordmend.comments.entry import Dimension, Source
from wordmend.comments.words import TargetText
from wordmend.degradations.compression import Jpeg
from wordmend.degradations.noise import FilmGrain
from wordmend.pairs.library import PairLibrary
from wordmend.pairs.replay import PairRecipe
from wordmend.training.pair_pixels import PairPixels
from wordmend.training.transplants import noise_of, transplants_of, with_damage, with_noise


def text(dimension: Dimension, source: Source = "person") -> TargetText:
    return TargetText("it is as it should be", dimension, None, source, "c", "s")


def test_they_are_what_words_named():
    words = {
        "0": [text("scratches"), text("noise"), text("missing_parts")],
        "1": [text("sharpness")],
        "2": [text("scratches", "preset")],
        "3": [text("scratches"), text("scratches")],
        "4": [text("noise"), text("sharpness")],
        "5": [text("noise", "preset")],
    }
    found = transplants_of(words, 0.3, 0.2)
    assert (found.damage_share, found.noise_share) == (0.3, 0.2)
    assert found.pair_ids == {"scratches": ["0", "3"], "missing_parts": ["0"], "noise": ["0", "4"]}


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
    made = with_damage(pixels_of(10, 20), damaged_of(), "scratches", turns=1)
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
    made = with_damage(PairPixels(pair.lq, pair.gt, pair.damage, pasted), damaged_of(), "scratches", 0)
    assert made.pasted is not None
    assert made.pasted[5, 5] == 1 and made.pasted[0].all() and made.pasted.sum() == 9


@pytest.mark.parametrize("height", [8, 12])
def test_what_is_not_known_or_does_not_fit_changes_nothing(height: int):
    pair, other = pixels_of(10, 20, height), damaged_of(height)
    unknown = PairPixels(pair.lq, pair.gt, None)
    assert with_damage(unknown, other, "scratches", 0) is unknown
    assert with_damage(pair, PairPixels(other.lq, other.gt, None), "scratches", 0) is pair
    assert with_damage(pair, pair, "scratches", 0) is pair
    assert (with_damage(pair, other, "scratches", 1) is pair) == (height != 8)


def test_the_noise_of_a_recipe_is_what_made_it_and_what_came_after(small_library: PairLibrary):
    recipes = {pair.pair_id: pair.recipe for pair in small_library}
    found = {pair_id: noise_of(recipe) for pair_id, recipe in recipes.items() if recipe is not None}
    for pair_id, noise in found.items():
        done = [step["operation"] for step in PairRecipe.from_json(recipes[pair_id] or "").degradations]
        kept = [step.operation for step in noise]
        is_noisy = [name.endswith("noise") or name == "film_grain" for name in done]
        assert bool(kept) == any(is_noisy)
        if kept:
            assert kept[0] == done[is_noisy.index(True)]
            assert kept[1:] == (["jpeg"] if "jpeg" in done else [])
    assert any(len(noise) == 2 for noise in found.values())
    assert not all(found.values())


GRAIN = FilmGrain(sigma=0.08, size=0.6, gray=True, seed=5)


def test_noise_comes_on_what_is_not_damaged_as_strong_and_drawn_anew():
    pair = PairPixels(*(np.full((64, 64, 3), 120, np.uint8) for _ in range(2)), np.zeros((64, 64), np.uint8))
    assert pair.damage is not None
    pair.damage[:8] = 1
    one, other = (with_noise(pair, [GRAIN], np.random.default_rng(seed)) for seed in (0, 1))
    assert one.named == ("noise",)
    assert np.array_equal(one.gt, pair.gt) and np.array_equal(one.damage, pair.damage)
    assert (one.lq[:8] == 120).all()
    strength = (GRAIN.apply(np.full((64, 64, 3), 120 / 255, np.float32)) - 120 / 255).std()
    for made in (one, other):
        assert (made.lq[8:] / 255).std() == pytest.approx(strength, rel=0.1)
    assert not np.array_equal(one.lq, other.lq)
    assert one.pasted is not None and one.pasted.all()  # nobody is asked about it, and words about it hold


def test_noise_is_compressed_as_it_was():
    pair = pixels_of(120, 120, 16, 16)
    made, plain = (
        with_noise(pair, noise, np.random.default_rng(0))
        for noise in ([GRAIN, Jpeg(quality=20, subsampling=True)], [GRAIN])
    )
    assert np.abs(made.lq.astype(int) - plain.lq).max() > 3


def test_pairs_of_unknown_damage_get_no_noise():
    pair = pixels_of(10, 20)
    unknown = PairPixels(pair.lq, pair.gt, None)
    assert with_noise(unknown, [GRAIN], np.random.default_rng(0)) is unknown


def test_damage_comes_on_noise():
    noisy = with_noise(pixels_of(120, 120), [GRAIN], np.random.default_rng(0))
    made = with_damage(noisy, damaged_of(), "scratches", turns=0)
    assert made.named == ("noise", "scratches")
    assert (made.lq[0] == 255).all() and made.pasted is not None and made.pasted.all()

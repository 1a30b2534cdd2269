import numpy as np
import pytest

from wordmend.comments.entry import Dimension, Source
from wordmend.comments.words import TargetText
from wordmend.training.named_damage import named_damage, with_damage
from wordmend.training.pair_pixels import PairPixels


def text(dimension: Dimension, source: Source = "person") -> TargetText:
    return TargetText("it is as it should be", dimension, None, source, "c", "s")


def test_it_is_what_words_named_and_damage_maps_tell_of():
    words = {
        "0": [text("scratches"), text("noise"), text("missing_parts")],
        "1": [text("sharpness")],
        "2": [text("scratches", "preset")],
        "3": [text("scratches"), text("scratches")],
    }
    found = named_damage(words, 0.3)
    assert found.share == 0.3
    assert found.dimensions == {"0": ("missing_parts", "scratches"), "3": ("scratches",)}


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

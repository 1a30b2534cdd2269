"""Contact sheets show both images of every pair and words below."""

import json

import numpy as np
import pytest

from wordmend.degradations.blur import MotionBlur
from wordmend.degradations.compression import Jpeg
from wordmend.degradations.operation import Operation
from wordmend.degradations.recipe import Recipe
from wordmend.errors import ImageError
from wordmend.pairs.contact_sheet import contact_sheet
from wordmend.pairs.crops import Crop
from wordmend.pairs.image_pair import ImagePair
from wordmend.pairs.print_tones import PrintTones
from wordmend.pairs.replay import PairRecipe


def recipe_text(*steps: Operation) -> str:
    degradations = json.loads(Recipe(steps).to_json())
    crop = Crop(x=0, y=0, width=150, height=150)
    return PairRecipe(
        crop=crop, size=150, channels=3, tones=PrintTones(), degradations=degradations
    ).to_json()


BLUR = recipe_text(MotionBlur(length=7.0, angle=3.0))


def pair(height: int = 150, width: int = 150, channels: int = 3, recipe: str | None = BLUR) -> ImagePair:
    lq, gt = (np.full((height, width, channels), level, np.float32) for level in (0.2, 0.6))
    return ImagePair(
        pair_id="meadow-0000",
        photo="meadow.jpg",
        photo_sha256="0" * 64,
        split="train",
        lq=lq,
        gt=gt,
        damage=None,
        recipe=recipe,
        source="synthesis",
    )


def has(sheet: np.ndarray, level: float) -> int:
    """How many pixels have this gray level."""
    return int((np.abs(sheet - level) < 0.003).all(axis=2).sum())


def test_both_images_of_all_pairs_are_shown_in_full():
    sheet = contact_sheet([pair(), pair(channels=1), pair(height=120)], columns=2)
    assert sheet.dtype == np.float32
    assert sheet.shape[2] == 3
    area = 150 * (150 + 150 + 120)
    assert has(sheet, 0.2) == pytest.approx(area, rel=0.01)
    assert has(sheet, 0.6) == pytest.approx(area, rel=0.01)


def test_small_crops_are_magnified_to_leave_room_for_words():
    assert has(contact_sheet([pair(40, 40)], columns=3), 0.6) == pytest.approx((40 * 3) ** 2, rel=0.01)


def test_other_words_give_another_sheet_and_long_words_fit():
    one = contact_sheet([pair()], columns=1)
    other = contact_sheet([pair(recipe=recipe_text(Jpeg(quality=30, subsampling=True)))], columns=1)
    many = contact_sheet(
        [pair(recipe=recipe_text(*(MotionBlur(length=float(n), angle=0.0) for n in range(1, 40))))], columns=1
    )
    real = contact_sheet([pair(recipe=None)], columns=1)
    assert one.shape == other.shape == many.shape == real.shape
    assert len({sheet.tobytes() for sheet in (one, other, many, real)}) == 4
    # Nothing runs over the margin.
    assert has(many[-6:], 1.0) == 6 * many.shape[1]
    assert has(many[:, -6:], 1.0) == 6 * many.shape[0]


@pytest.mark.parametrize(("pairs", "columns"), [([], 2), ([pair()], 0)])
def test_no_sheet_of_nothing(pairs, columns):
    with pytest.raises(ImageError, match="both must be 1 at least"):
        contact_sheet(pairs, columns)

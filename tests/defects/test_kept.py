import numpy as np
import pytest

from wordmend.defects.kept import measure_kept
from wordmend.errors import ImageError

ORIGINAL = np.random.default_rng(0).integers(10, 240, (20, 20, 3)).astype(np.float32) / 255


def changed(levels: float, rows: int = 20) -> np.ndarray:
    image = ORIGINAL.copy()
    image[:rows, :, 1] += np.float32(levels / 255)
    return image


def test_it_is_the_share_of_pixels_that_stay_within_a_level():
    assert measure_kept(ORIGINAL, ORIGINAL) == 1
    assert measure_kept(changed(1), ORIGINAL) == 1
    assert measure_kept(changed(-1), ORIGINAL) == 1
    assert measure_kept(changed(1.5), ORIGINAL) == 0  # one channel is enough
    assert measure_kept(changed(2, rows=5), ORIGINAL) == 0.75


def test_images_of_another_shape_are_refused():
    with pytest.raises(ImageError, match="differ in shape"):
        measure_kept(ORIGINAL[:10], ORIGINAL)

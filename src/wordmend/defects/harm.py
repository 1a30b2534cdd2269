"""Harm: what restoring made worse than it was. No words name it before it is done."""

import numpy as np

from wordmend.defects.arrays import FloatArray, blurred, compare

_COARSE = 2.0  # px: leaves out noise and fine detail, of which `noise` and `sharpness` tell
_SEEN = 0.05  # intensity: a coarse error that is larger by so much is seen side by side


def measure_harm(image: FloatArray, lq: FloatArray, gt: FloatArray) -> float:
    """The share of an image that restoring made worse, in [0, 1]: painted over, invented or tinted.

    Those pixels count whose error, after a blur, is larger than that of the input by more than .05: pale skin
    taken for torn paper, say. What was damaged and is still wrong in another way is no harm.

    Args:
        image: (H, W, C) float in [0, 1], C is 1 or 3; values outside are clipped.
        lq: the input that it was restored from, the same shape.
        gt: the ground truth, the same shape.

    Raises:
        ImageError: when shapes differ or a value isn't finite.
    """
    after, before = (
        np.abs(blurred(pair.image - pair.gt, _COARSE)).mean(axis=2)
        for pair in (compare(image, gt, None), compare(lq, gt, None))
    )
    return float((after - before > _SEEN).mean())

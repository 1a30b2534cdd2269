"""What a restorer leaves of pictures that are good already: only what must be changed is to change."""

import numpy as np

from wordmend.defects.arrays import FloatArray, compare

_LEVEL = 1 / 255
_ROUNDING = 1e-6


def measure_kept(restored: FloatArray, original: FloatArray) -> float:
    """The share of a good picture's pixels that stay within 1 level of 255 when it is restored, in [0, 1].

    Args:
        restored: what a restorer makes of the original, (H, W, C) float, C is 1 or 3; clipped to [0, 1].
        original: the picture without defects, the same shape.

    Raises:
        ImageError: when shapes differ or a value isn't finite.
    """
    pair = compare(restored, original, None)
    change = np.abs(pair.image - pair.gt).max(axis=2)
    return float((change <= _LEVEL + _ROUNDING).mean())

"""Where an image is wrong: the defects of `measure.py` pixel by pixel, to find the worst place."""

import numpy as np
import numpy.typing as npt

from wordmend.defects.arrays import DamageMap, FloatArray, compare
from wordmend.defects.damage import missing_map, scratch_map
from wordmend.defects.noise import noise_map
from wordmend.defects.sharpness import sharpness_map


def defect_maps(
    image: FloatArray, gt: FloatArray, damage: DamageMap | None = None
) -> dict[str, npt.NDArray[np.float32]]:
    """The local defects of an image, by dimension.

    `sharpness` and `noise` are spread over windows of 33 and 17 pixels; `scratches` and `missing_parts` are 0
    off the damage, and absent where there is none. Every map is 0 where the image equals its ground truth.

    Args:
        image: (H, W, C) float in [0, 1], C is 1 or 3.
        gt: the same shape and range.
        damage: (H, W) uint8, 0 intact, 1 scratches, 2 missing parts; None when it isn't known.

    Returns:
        Maps (H, W) float32, >= 0, in the units of `Defects`.

    Raises:
        ImageError: when shapes differ, a value isn't finite or the damage map has other values.
    """
    pair = compare(image, gt, damage)
    maps = {"sharpness": sharpness_map(pair), "noise": noise_map(pair)}
    if pair.scratches.any():
        maps["scratches"] = np.maximum(scratch_map(pair), 0.0)
    if pair.missing_parts.any():
        maps["missing_parts"] = missing_map(pair)
    return {dimension: values.astype(np.float32) for dimension, values in maps.items()}

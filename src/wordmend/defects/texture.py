"""Texture: the fine detail of the ground truth, faint or strong, that an image lacks.

`sharpness` compares edge strength, of which a few strong edges make most; grass, cloth and skin may be wiped
to a blur and hardly change it. `noise` looks at smooth parts alone. Here every place that has any counts.
"""

import numpy as np

from wordmend.defects.arrays import DamageMap, FloatArray, blurred, box_mean, compare, dilated, luminance
from wordmend.defects.sharpness import tonal_contrast

_FINE_SIGMA = 2.0  # px: what a blur of this size takes away is fine
_WINDOW = 17  # px: small enough to tell grass from sky, large enough that noise averages out
_SEEN = 0.01**2  # variance (intensity²): of fainter detail it can't be told whether it is texture or grain


def measure_texture(image: FloatArray, gt: FloatArray, damage: DamageMap | None) -> float:
    """The share of fine texture that is lost, in [0, 1]: 0 all is there, 1 smooth as plastic.

    Fine detail of the image's luminance is projected on that of `gt`, window by window: what is no detail of
    `gt` (noise, invented texture) brings nothing back, and a window that has more of it than `gt` doesn't
    make up for another. Noise reads as a little loss by chance: a standard deviation of .03 as .04 or so. A
    change of contrast of the whole picture (fading) is divided out. Damaged pixels and their neighbours are
    left out. 0 for a `gt` without texture.

    Args:
        image: (H, W, C) float in [0, 1], C is 1 or 3; values outside are clipped.
        gt: the ground truth, the same shape.
        damage: (H, W), 0 where intact; None when it isn't known.

    Raises:
        ImageError: when shapes differ, a value isn't finite or the damage map has other values.
    """
    pair = compare(image, gt, damage)
    intact = ~dilated(~pair.intact, radius=1)
    if not intact.any():
        intact = np.ones_like(intact)  # all is damaged: better judged with the damage than not at all
    luma, gt_luma = luminance(pair.image), luminance(pair.gt)
    # what a scratch adds would be smeared over its neighbours
    filled = np.where(pair.intact, luma, gt_luma)
    fine, gt_fine = (values - blurred(values, _FINE_SIGMA) for values in (filled, gt_luma))
    energy = box_mean(gt_fine**2 * intact, _WINDOW)
    projection = box_mean(fine * gt_fine * intact, _WINDOW) / tonal_contrast(luma, gt_luma, intact)
    lost = np.maximum(energy - projection, 0.0) / (energy + _SEEN)
    textured = energy / (energy + _SEEN)
    return float(min(1.0, lost.sum() / max(float(textured.sum()), _SEEN)))

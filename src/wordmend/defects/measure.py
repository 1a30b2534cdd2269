"""What is wrong with a restored image, measured against its ground truth, as one number a dimension."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from wordmend.defects.arrays import Comparison, DamageMap, FloatArray, compare
from wordmend.defects.damage import missing_parts_defect, scratches_defect
from wordmend.defects.noise import noise_defect
from wordmend.defects.sharpness import sharpness_defect

MEASURES: dict[str, Callable[[Comparison], float | None]] = {
    "sharpness": sharpness_defect,
    "noise": noise_defect,
    "scratches": scratches_defect,
    "missing_parts": missing_parts_defect,
}
DIMENSIONS = tuple(MEASURES)


@dataclass(frozen=True)
class Defects:
    """Defects of one image: 0 where it equals its ground truth, growing with what is left or overdone."""

    sharpness: float
    """Share of the ground truth's edge strength that is lost or too much: 0 as sharp, 1 no edge left."""
    noise: float
    """Standard deviation, in intensity, of texture too much or too little where `gt` is smooth."""
    scratches: float | None
    """Mean visibility of scratches against what is around them, in intensity; None where there were none."""
    missing_parts: float | None
    """Mean absolute error in the missing parts, in intensity; None where nothing was missing."""

    def as_dict(self) -> dict[str, float | None]:
        """The four numbers by the name of their dimension."""
        return asdict(self)


def measure_defects(image: FloatArray, gt: FloatArray, damage: DamageMap | None = None) -> Defects:
    """Measure an image against its ground truth, one number a dimension.

    - `sharpness`: the image's gradients are projected on the ground truth's, in windows of 33 pixels, over
      intact pixels; the defect is the mean of |projection - energy| over the mean energy. Noise isn't
      correlated with edges; what it projects by chance is estimated on edges moved elsewhere and taken off.
      An oversharpened edge counts as a blurred one does. A change of contrast of the whole picture (fading)
      is divided out.
    - `noise`: the robust spread of the high-pass of `image - gt` over intact parts where `gt` is smooth,
      without what a blur or a sharpening of `gt` explains. Grain that the image lacks counts as well, so an
      oversmoothed image isn't free of noise.
    - `scratches`: how far the error on scratched pixels stands out from the errors of the intact pixels
      around them: tint, blur and noise that are everywhere are not scratches.
    - `missing_parts`: the mean absolute error on missing pixels, without the tint of the whole picture.

    Args:
        image: (H, W, C) float in [0, 1], C is 1 or 3; values outside are clipped as a written file would be.
        gt: the same shape and range.
        damage: (H, W) uint8, 0 intact, 1 scratches, 2 missing parts; None for pairs whose damage isn't known.
            Without a map `scratches` and `missing_parts` are None and what damage there is counts elsewhere.

    Raises:
        ImageError: when shapes differ, a value isn't finite or the damage map has other values.
    """
    pair = compare(image, gt, damage)
    return Defects(
        sharpness=sharpness_defect(pair),
        noise=noise_defect(pair),
        scratches=scratches_defect(pair),
        missing_parts=missing_parts_defect(pair),
    )


def measure_defect(
    image: FloatArray, gt: FloatArray, damage: DamageMap | None, dimension: str
) -> float | None:
    """One dimension's number of `measure_defects` alone, in a fraction of the time."""
    return MEASURES[dimension](compare(image, gt, damage))

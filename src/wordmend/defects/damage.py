"""How visible scratches and missing parts still are after restoration."""

import numpy as np
import numpy.typing as npt

from wordmend.defects.arrays import Comparison, dilated, surrounding_mean

_SURROUND_SIGMA = 5.0  # pixels: wide enough to look past a scratch, near enough to follow a tint


def scratch_map(pair: Comparison) -> npt.NDArray[np.float64]:
    """How far the error on a scratched pixel stands out from the errors around it (H, W), 0 elsewhere.

    A tint or fading that the restorer left has the same error on the scratch and beside it, so it is no
    scratch. Errors that are as large on intact pixels around (noise, blur) are taken off for the same reason.
    """
    error = pair.image - pair.gt
    deviation = np.abs(error - surrounding_mean(error, pair.intact, _SURROUND_SIGMA))
    # The ring next to a scratch holds its soft border, so the usual deviation is measured a step away.
    around = pair.intact & ~dilated(pair.scratches, radius=2)
    around = around if around.any() else pair.intact
    usual = surrounding_mean(deviation, around, _SURROUND_SIGMA)
    visible = (deviation - usual).mean(axis=2)
    return np.asarray(visible * pair.scratches)


def scratches_defect(pair: Comparison) -> float | None:
    """Mean visibility of the scratches in intensity; None without scratches.

    Signs are kept until the mean, else noise would leave half of its spread behind.
    """
    if not pair.scratches.any():
        return None
    return max(0.0, float(scratch_map(pair)[pair.scratches].mean()))


def missing_map(pair: Comparison) -> npt.NDArray[np.float64]:
    """Mean absolute error over the channels on missing pixels (H, W), 0 elsewhere.

    The median error of the intact pixels (a tint of the whole picture) is taken off per channel.
    """
    error = pair.image - pair.gt
    if pair.intact.any():
        error = error - np.median(error[pair.intact], axis=0)
    return np.asarray(np.abs(error).mean(axis=2) * pair.missing_parts)


def missing_parts_defect(pair: Comparison) -> float | None:
    """Mean absolute error in intensity; None where nothing was missing.

    A flat fill is better than a hole and worse than content; noise that was left in the filled part counts.
    """
    if not pair.missing_parts.any():
        return None
    return float(missing_map(pair)[pair.missing_parts].mean())

"""How near restored images are to their ground truth: full-reference metrics and defects, per image."""

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wordmend.defects.harm import measure_harm
from wordmend.defects.measure import DIMENSIONS, measure_defects
from wordmend.defects.texture import measure_texture
from wordmend.errors import ImageError, TableError

if TYPE_CHECKING:
    from torch import Tensor

FloatImage = npt.NDArray[np.floating[Any]]
DamageMap = npt.NDArray[np.uint8]

FIDELITY = ("psnr", "ssim", "haarpsi")
METRICS = (*FIDELITY, "kept", *DIMENSIONS, "harm", "texture")
HIGHER_IS_BETTER = frozenset((*FIDELITY, "kept"))
PSNR_OF_EQUAL_IMAGES = 100.0
"""dB, and the most that is reported: equal images have an infinite PSNR, which no mean survives."""
SMALLEST_SIDE = 16
"""Pixels. HaarPSI's coarsest filter."""


def measure_images(
    arm: str, images: Iterable[tuple[str, FloatImage, FloatImage, DamageMap | None, FloatImage | None]]
) -> pd.DataFrame:
    """Measure the images of one arm (lq, stage1, control, stage2), one row an image.

    PSNR (dB, at most 100) and SSIM are torchmetrics', HaarPSI is piq's, all on [0, 1] with their published
    defaults (SSIM: Wang et al. 2004, 11x11 Gaussian window; HaarPSI: Reisenhofer et al. 2018).

    Args:
        arm: whose images these are.
        images: (pair_id, image, gt, damage, lq): (H, W, C) float in [0, 1] of at least 16 x 16 pixels; damage
            is (H, W) uint8 or None, lq the input that the image was restored from, or None.

    Returns:
        Columns pair_id, arm, psnr, ssim, haarpsi, kept, sharpness, noise, scratches, missing_parts, harm,
        texture; a defect is NaN where the pair has no such damage, harm where the input isn't known, kept
        always: it takes what a restorer makes of the originals.

    Raises:
        ImageError: when an image is too small, isn't finite or doesn't fit its ground truth.
    """
    return metrics_table(
        (pair_id, arm, measure_image(image, gt, damage, lq)) for pair_id, image, gt, damage, lq in images
    )


def metrics_table(rows: Iterable[tuple[str, str, Mapping[str, float | None]]]) -> pd.DataFrame:
    """The table of `measure_images` from (pair_id, arm, what `measure_image` gives)."""
    plain = [{"pair_id": pair_id, "arm": arm, **measured} for pair_id, arm, measured in rows]
    table = pd.DataFrame(plain, columns=["pair_id", "arm", *METRICS])
    return table.astype(dict.fromkeys(METRICS, "float64"))


def evaluate_restoration(
    images: Iterable[tuple[FloatImage, FloatImage, DamageMap | None]],
) -> dict[str, Any]:
    """Means over images: `{"psnr", "ssim", "haarpsi", "defects": {dimension: mean or None}}`.

    A defect's mean is over the images that have such damage, None when none has. Arguments and errors are
    those of `measure_images`.
    """
    named = ((str(index), *image, None) for index, image in enumerate(images))
    return summarize(measure_images("images", named))


def summarize(table: pd.DataFrame) -> dict[str, Any]:
    """The means of a table of `measure_images` in the shape of `evaluate_restoration`, of its metrics alone.

    Raises:
        TableError: when the table has no row.
    """
    if table.empty:
        raise TableError("no image to evaluate: is the test split empty?")
    means = {name: float(table[name].mean()) for name in METRICS}
    defects = {name: None if np.isnan(means[name]) else means[name] for name in DIMENSIONS}
    return {**{name: means[name] for name in FIDELITY}, "defects": defects}


def psnr(image: FloatImage, gt: FloatImage) -> float:
    """Peak signal-to-noise ratio of two (H, W, C) in [0, 1], dB, at most `PSNR_OF_EQUAL_IMAGES`."""
    from torchmetrics.functional.image import peak_signal_noise_ratio

    found = float(peak_signal_noise_ratio(_tensor(image), _tensor(gt), data_range=1.0))
    return min(found, PSNR_OF_EQUAL_IMAGES)


def measure_image(
    image: FloatImage, gt: FloatImage, damage: DamageMap | None, lq: FloatImage | None = None
) -> dict[str, float | None]:
    """One image's row of `measure_images`, by metric; None where there is no such damage, or no input."""
    import piq
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    defects = measure_defects(image, gt, damage)  # checks shapes and values too
    if min(image.shape[:2]) < SMALLEST_SIDE:
        raise ImageError(
            f"image of {image.shape[0]} x {image.shape[1]} pixels is too small to evaluate; "
            f"HaarPSI needs {SMALLEST_SIDE} x {SMALLEST_SIDE}"
        )
    prediction, target = _tensor(image), _tensor(gt)
    with torch.no_grad(), warnings.catch_warnings():
        # torchmetrics hints at arguments (dim, reduction) that these calls have no use for.
        warnings.simplefilter("ignore")
        ssim = float(structural_similarity_index_measure(prediction, target, data_range=1.0))
        haarpsi = float(piq.haarpsi(prediction, target, data_range=1.0))
    # HaarPSI's logistic and its inverse round equal images to a little above 1.
    fidelity = {"psnr": psnr(image, gt), "ssim": ssim, "haarpsi": min(haarpsi, 1.0)}
    harm = None if lq is None else measure_harm(image, lq, gt)
    texture = measure_texture(image, gt, damage)
    return {**fidelity, **defects.as_dict(), "harm": harm, "texture": texture}


def _tensor(image: FloatImage) -> "Tensor":
    """(H, W, C) array to (1, C, H, W) tensor, clipped as a written file would be."""
    import torch

    pixels = np.clip(image, 0.0, 1.0).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]

"""How much of the edges of the ground truth an image shows, neither less nor more.

Gradient energy alone is something that noise and any sharpening buy. Here the image's gradients are projected
on those of the ground truth: what isn't an edge of `gt` (noise, ringing beside an edge) is uncorrelated with
them and doesn't count as sharpness, and an edge steeper than in `gt` counts as a defect again.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.defects.arrays import Comparison, blurred, box_mean, dilated, luminance
from wordmend.defects.noise import fine_residual

WINDOW = 33  # pixels: small enough to tell regions apart, large enough that noise averages out
_TONE_SIGMA = 5.0  # pixels: blur that restorers leave hardly reaches this scale, fading does
_TONE_PRIOR = 0.01**2  # intensity²: with less tonal variance than this, contrast can't be told; taken as 1
_CONTRAST_RANGE = (0.5, 2.0)  # an image that lost everything is blurred, not faded to nothing
_FLAT = 0.002**2  # squared gradient: edges far fainter than the steps of 8 bits can't be told from none
_SHIFTS = ((7, 11), (-13, 5), (9, -17), (-6, -9), (19, 2), (-3, 23))  # pixels, farther than edges are wide


class EdgeAgreement(NamedTuple):
    """Two maps (H, W), windowed: the defect is the sum of the first over the sum of the second."""

    difference: npt.NDArray[np.float64]
    energy: npt.NDArray[np.float64]


def edge_agreement(pair: Comparison) -> EdgeAgreement:
    """Compare the edges of an image with those of its ground truth, window by window, in luminance.

    A change of contrast of the whole picture (fading) is divided out first: it is not blur; nor is what noise
    adds by chance. Damaged pixels and
    their neighbours are left out: a scratch is an edge that `gt` doesn't have.
    """
    image, gt = luminance(pair.image), luminance(pair.gt)
    intact = ~dilated(~pair.intact, radius=1)
    if not intact.any():
        intact = np.ones_like(intact)  # all is damaged: better judged with the damage than not at all
    image_x, image_y = _gradients(image)
    gt_x, gt_y = _gradients(gt)
    projection = box_mean((image_x * gt_x + image_y * gt_y) * intact, WINDOW)
    energy = box_mean((gt_x**2 + gt_y**2) * intact, WINDOW)
    contrast = tonal_contrast(image, gt, intact)
    by_chance = _chance_projection(pair, (gt_x, gt_y), intact)
    # Independent deviations add up in squares, so chance is taken off in squares.
    difference = np.sqrt(np.maximum((projection / contrast - energy) ** 2 - by_chance / contrast**2, 0.0))
    return EdgeAgreement(difference, energy)


def sharpness_defect(pair: Comparison) -> float:
    """The share of edge strength that is lost or too much: 0 as sharp as `gt`, 1 no edge left; no upper end.

    It goes to 0 for a ground truth without edges, on which blur can't be seen.
    """
    agreement = edge_agreement(pair)
    energy = float(agreement.energy.mean())
    return float(agreement.difference.mean()) / (energy + _FLAT)


def sharpness_map(pair: Comparison) -> npt.NDArray[np.float64]:
    """The local share (H, W), damped where `gt` is nearly flat and a share would mean nothing."""
    agreement = edge_agreement(pair)
    return np.asarray(agreement.difference / (agreement.energy + 0.2 * agreement.energy.mean() + _FLAT))


def _chance_projection(
    pair: Comparison,
    gt_gradients: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    intact: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Mean square (H, W) of what noise alone projects on edges: noise on edges that were moved elsewhere.

    A permutation test's idea: it holds for noise of any colour, such as film grain and compression.
    """
    noise_x, noise_y = _gradients(luminance(fine_residual(pair, intact).rest))
    total = np.zeros(intact.shape)
    for shift in _SHIFTS:
        moved_x, moved_y = (np.roll(values * intact, shift, axis=(0, 1)) for values in gt_gradients)
        total += box_mean((noise_x * moved_x + noise_y * moved_y) * intact, WINDOW) ** 2
    return total / len(_SHIFTS)


def _gradients(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Scharr derivatives (H, W) in intensity per pixel."""
    scale = 1 / 32  # Scharr's weights on a ramp of 1 per pixel add up to 32
    horizontal = cv2.Scharr(values, cv2.CV_64F, 1, 0, scale=scale)
    vertical = cv2.Scharr(values, cv2.CV_64F, 0, 1, scale=scale)
    return np.asarray(horizontal), np.asarray(vertical)


def tonal_contrast(
    image: npt.NDArray[np.float64], gt: npt.NDArray[np.float64], intact: npt.NDArray[np.bool_]
) -> float:
    """How much contrast of the large tones the image kept: the slope of its regression on `gt`."""
    weight = blurred(intact, _TONE_SIGMA)
    seen = weight > 0.1
    if not seen.any():
        return 1.0
    weight = np.maximum(weight, 0.1)
    image_tone = (blurred(image * intact, _TONE_SIGMA) / weight)[seen]
    gt_tone = (blurred(gt * intact, _TONE_SIGMA) / weight)[seen]
    gt_tone = gt_tone - gt_tone.mean()
    covariance = float(((image_tone - image_tone.mean()) * gt_tone).mean())
    variance = float((gt_tone**2).mean())
    return float(np.clip((covariance + _TONE_PRIOR) / (variance + _TONE_PRIOR), *_CONTRAST_RANGE))

"""How much fine texture an image has where its ground truth is smooth, or lacks where that has some."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.defects.arrays import BoolArray, Comparison, blurred, box_mean, dilated, luminance

_HIGH_PASS_SIGMA = 2.0  # pixels: keeps 97 % of white noise and most of film grain, drops tint and soft edges
_SMOOTH_SHARE = 0.2  # the share of a picture that counts as its smooth part, at least
_SMOOTH_ACTIVITY = 0.02  # local standard deviation (intensity) under which any part is smooth
_RIDGE = 1e-3  # intensity: detail of `gt` fainter than this explains nothing
_TRIM = 0.9  # the largest tenth of deviations is left out: specks are scratches' business
_TRIMMED_TO_SIGMA = 1.521  # mean of |z| for |z| < its 90 % quantile is 0.657 for a standard normal z
_WINDOW = 17  # pixels, for the map


class Residual(NamedTuple):
    """The fine part of `image - gt`, (H, W, C) each; the two add up to it."""

    explained: npt.NDArray[np.float64]
    """What a blur or a sharpening of `gt` accounts for."""
    rest: npt.NDArray[np.float64]
    """What nothing in `gt` accounts for: noise."""


def fine_residual(pair: Comparison, where: BoolArray) -> Residual:
    """Split the high-pass of `image - gt` by a least-squares fit to details of `gt` over `where` (H, W).

    Any blur or sharpening, isotropic or along a line, is nearly a weighted sum of a few differences between
    `gt` and blurred copies of it. Without this step texture that a blur takes away would read as noise.
    """
    residual = (pair.image - pair.gt) * pair.intact[:, :, None]  # else damage bleeds into intact neighbours
    residual = residual - blurred(residual, _HIGH_PASS_SIGMA)
    details = _details(pair.gt)  # (D, H, W, C)
    seen = details[:, where].reshape(len(details), -1)
    gram = seen @ seen.T + _RIDGE**2 * seen.shape[1] * np.eye(len(details))
    weights = np.linalg.solve(gram, seen @ residual[where].ravel())
    explained = np.tensordot(weights, details, axes=1)
    return Residual(explained, residual - explained)


def noise_defect(pair: Comparison) -> float:
    """Robust standard deviation of the noise, in intensity: 0 none, .01 is just seen, .1 is strong.

    Fine texture that `gt` has in its smooth parts and the image lacks (oversmoothed, plastic) counts as much
    as texture too much.
    """
    residual, smooth = _noise_residual(pair)
    deviations = np.sort(np.abs(residual[smooth]), axis=None)
    kept = deviations[: max(1, int(len(deviations) * _TRIM))]
    return float(_TRIMMED_TO_SIGMA * kept.mean())


def noise_map(pair: Comparison) -> npt.NDArray[np.float64]:
    """Local standard deviation (H, W) in the same unit, over the smooth pixels around; 0 where none are."""
    residual, smooth = _noise_residual(pair)
    # A running box sum can come out a rounding below zero.
    energy = np.maximum(box_mean((residual**2).mean(axis=2) * smooth, _WINDOW), 0.0)
    support = box_mean(smooth, _WINDOW)
    enough = support > 0.1
    return np.asarray(np.sqrt(np.where(enough, energy, 0.0) / np.maximum(support, 0.1)))


def _noise_residual(pair: Comparison) -> tuple[npt.NDArray[np.float64], BoolArray]:
    """What counts as noise (H, W, C), and the pixels (H, W) on which it is judged."""
    candidates = ~dilated(~pair.intact, radius=4)
    if not candidates.any():
        candidates = np.ones_like(candidates)  # no intact place left: nothing better to judge than all of it
    activity = _activity(pair.gt)
    limit = max(_SMOOTH_ACTIVITY, float(np.quantile(activity[candidates], _SMOOTH_SHARE)))
    smooth = candidates & (activity <= limit)
    residual = fine_residual(pair, smooth)
    # Lost texture is lost grain only where there is nothing but grain; elsewhere it is sharpness' business.
    grain = (activity <= _SMOOTH_ACTIVITY)[:, :, None]
    return residual.rest + residual.explained * grain, smooth


def _activity(gt: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Local standard deviation (H, W) of the luminance, in intensity."""
    luma = luminance(gt)
    variance = blurred(luma**2, 2.5) - blurred(luma, 2.5) ** 2
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def _details(gt: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What blurs of several kinds take from `gt`: (D, H, W, C)."""
    fine, medium, coarse = (blurred(gt, sigma) for sigma in (0.7, 1.4, _HIGH_PASS_SIGMA))
    across = _blurred_along(gt, 2.0, 0.01)
    down = _blurred_along(gt, 0.01, 2.0)
    diagonal = np.asarray(cv2.Sobel(fine, cv2.CV_64F, 1, 1)).reshape(gt.shape)
    return np.stack([gt - fine, fine - medium, medium - coarse, gt - across, gt - down, diagonal])


def _blurred_along(values: npt.NDArray[np.float64], across: float, down: float) -> npt.NDArray[np.float64]:
    smooth = cv2.GaussianBlur(np.ascontiguousarray(values), (0, 0), sigmaX=across, sigmaY=down)
    return np.asarray(smooth).reshape(values.shape)

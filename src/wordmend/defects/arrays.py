"""What the measurements share: checked inputs and means over the part of an image that counts."""

from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.errors import ImageError

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
DamageMap: TypeAlias = npt.NDArray[np.uint8]

SCRATCHES = 1
MISSING_PARTS = 2
_SOLID = 1e-6  # a smaller share of pixels under a blurred mask is rounding, not support


class Comparison(NamedTuple):
    """An image and its ground truth, checked, as float64 (rounding stays far below what is measured)."""

    image: npt.NDArray[np.float64]
    """(H, W, C), clipped to [0, 1] as the written file will be."""
    gt: npt.NDArray[np.float64]
    """(H, W, C) in [0, 1]."""
    scratches: BoolArray
    """(H, W), true where the pair was scratched."""
    missing_parts: BoolArray
    """(H, W), true where the pair lost its content."""

    @property
    def intact(self) -> BoolArray:
        """(H, W), true where nothing was damaged."""
        return ~(self.scratches | self.missing_parts)


def compare(image: FloatArray, gt: FloatArray, damage: DamageMap | None) -> Comparison:
    """Check an image against its ground truth and damage map.

    Args:
        image: (H, W, C) in [0, 1], C is 1 or 3.
        gt: the same shape.
        damage: (H, W), 0 intact, 1 scratches, 2 missing parts; None when it isn't known.

    Raises:
        ImageError: when shapes differ, a value isn't finite or the damage map has other values.
    """
    if image.shape != gt.shape:
        raise ImageError(f"image {image.shape} and gt {gt.shape} differ in shape; compare images of one pair")
    if image.ndim != 3 or image.shape[2] not in {1, 3} or image.size == 0:
        raise ImageError(f"image has shape {image.shape}; expected (H, W, 1) or (H, W, 3)")
    if not (np.isfinite(image).all() and np.isfinite(gt).all()):
        raise ImageError("image or gt holds NaN or infinity; a training that diverged puts out such images")
    if damage is None:
        damage = np.zeros(image.shape[:2], dtype=np.uint8)
    if damage.shape != image.shape[:2]:
        raise ImageError(f"damage map {damage.shape} doesn't fit the image {image.shape[:2]}")
    if damage.max() > MISSING_PARTS:
        raise ImageError(
            f"damage map holds {damage.max()}; known are 0 (intact), 1 (scratches), 2 (missing parts)"
        )
    return Comparison(
        image=np.clip(image.astype(np.float64), 0.0, 1.0),
        gt=np.clip(gt.astype(np.float64), 0.0, 1.0),
        scratches=damage == SCRATCHES,
        missing_parts=damage == MISSING_PARTS,
    )


def luminance(image: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Luma (H, W) of an image (H, W, C): ITU-R BT.601 weights for RGB, the channel itself for gray."""
    if image.shape[2] == 1:
        return image[:, :, 0]
    return np.asarray(image @ np.array([0.299, 0.587, 0.114]))


def blurred(values: FloatArray | BoolArray, sigma: float) -> npt.NDArray[np.float64]:
    """Gaussian blur of (H, W) or (H, W, C), `sigma` in pixels, edges reflected; the shape is kept."""
    smooth = cv2.GaussianBlur(np.ascontiguousarray(values, dtype=np.float64), (0, 0), sigma)
    return np.asarray(smooth).reshape(values.shape)


def box_mean(values: FloatArray | BoolArray, size: int) -> npt.NDArray[np.float64]:
    """Mean of (H, W) over a window of `size` x `size` pixels around each; zero outside the image."""
    mean = cv2.boxFilter(
        np.ascontiguousarray(values, dtype=np.float64), -1, (size, size), borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(mean)


def surrounding_mean(values: FloatArray, mask: BoolArray, sigma: float) -> npt.NDArray[np.float64]:
    """Gaussian mean of (H, W, C) over the pixels of `mask` (H, W) near each; the whole mask's mean afar.

    Zero when the mask is empty. It is the normalised convolution of Knutsson and Westin (1993): the blur of
    values times mask over the blur of the mask.
    """
    weight = blurred(mask, sigma)[:, :, None]
    total = blurred(values * mask[:, :, None], sigma)
    overall = values[mask].mean(axis=0) if mask.any() else np.zeros(values.shape[2])
    return np.where(weight > _SOLID, total / np.maximum(weight, _SOLID), overall)


def dilated(mask: BoolArray, radius: int) -> BoolArray:
    """The mask (H, W) grown by `radius` pixels in a square."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), dtype=np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel)).astype(np.bool_)

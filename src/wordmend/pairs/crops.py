"""Squares of a photograph at the set size."""

import math
from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from wordmend.config import Config
from wordmend.images.channels import FloatImage, luma, rounded_to_bytes
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.print_tones import PrintTones

# How often a flat crop is drawn anew; the one with the most texture is taken if all are flat.
CROP_TRIES = 8


class Crop(Config):
    """A square of a photograph, in pixels of the photograph."""

    x: Annotated[int, Field(ge=0)]
    """Left edge."""
    y: Annotated[int, Field(ge=0)]
    """Upper edge."""
    width: Annotated[int, Field(ge=1)]
    """Width, equal to the height."""
    height: Annotated[int, Field(ge=1)]
    """Height, equal to the width."""


def draw_crop(
    rng: np.random.Generator, photo: FloatImage, config: PairSynthesisConfig, tones: PrintTones
) -> tuple[Crop, FloatImage]:
    """Draw a square of the photograph (H, W, C) with enough texture.

    Its side is the set size times a factor that is log-uniform between 1 and `config.max_downscale`, or what
    the photograph's shorter side allows.

    Returns:
        The square, and `gt` (size, size, C): what `cut_crop` gives for it.
    """
    height, width = photo.shape[:2]
    shorter = min(height, width)
    largest = min(config.max_downscale, shorter / config.size)
    best: tuple[float, Crop, FloatImage] | None = None
    for _ in range(CROP_TRIES):
        side = min(round(config.size * math.exp(rng.uniform(0.0, math.log(largest)))), shorter)
        x, y = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
        crop = Crop(x=x, y=y, width=side, height=side)
        gt = cut_crop(photo, crop, config.size, tones)
        found = texture(gt)
        if best is None or found > best[0]:
            best = found, crop, gt
        if found >= config.min_texture:
            break
    assert best is not None, "CROP_TRIES is above 0"
    return best[1], best[2]


def texture(image: FloatImage) -> float:
    """Mean magnitude of the brightness gradient of an image (H, W, C) in [0, 1], per px; H and W at least 2.

    Sky and blurred backgrounds have little of it, also where their brightness varies widely: what blur and
    low resolution take away can't be seen there. In-focus photographs have 0.02 to 0.1.
    """
    brightness = luma(image)[..., 0]  # (H, W)
    rows, columns = np.diff(brightness, axis=0)[:, :-1], np.diff(brightness, axis=1)[:-1]
    return float(np.hypot(rows, columns).mean())


def cut_crop(photo: FloatImage, crop: Crop, size: int, tones: PrintTones) -> FloatImage:
    """Cut a square out of a photograph (H, W, C), scale it to (size, size, C) and round it to 8 bit.

    Args:
        photo: the photograph, values in [0, 1].
        crop: lies inside the photograph.
        size: side of the result, px.
        tones: what is done to its tones; the number of channels stays.
    """
    square = photo[crop.y : crop.y + crop.height, crop.x : crop.x + crop.width]
    scaled = cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA).reshape(size, size, -1)
    return rounded_to_bytes(tones.apply(scaled))

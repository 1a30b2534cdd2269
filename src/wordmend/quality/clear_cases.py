"""Pictures degraded in one dimension alone: clear-cut cases to test on, counter-examples to train on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from wordmend.comments.entry import Dimension
from wordmend.degradations.config import (
    BlurConfig,
    DegradationConfig,
    FadingConfig,
    JpegConfig,
    LowResolutionConfig,
    NoiseConfig,
    SepiaConfig,
)
from wordmend.degradations.damage_config import MissingConfig, ScratchConfig
from wordmend.degradations.recipe import apply_recipe, sample_recipe
from wordmend.images.channels import ByteImage, FloatImage, to_channels
from wordmend.seeds import seed_for

DEGRADED_DIMENSIONS: tuple[Dimension, ...] = ("sharpness", "noise", "scratches", "missing_parts")
"""Dimensions that a picture can be degraded in."""


@dataclass(frozen=True)
class ClearCase:
    """A picture `(H, W, 3) uint8` of which it is known whether it has a defect in one dimension."""

    image: ByteImage
    dimension: Dimension
    defect: bool


def clear_cases(pictures: Iterable[tuple[str, FloatImage]], seed: int) -> Iterator[ClearCase]:
    """For each good picture and dimension: the picture itself, and the same strongly degraded in it.

    Args:
        pictures: names and images `(H, W, C)` in [0, 1] of good quality; C is 3 or 1.
        seed: where the degradations come from.
    """
    for name, picture in pictures:
        image = np.rint(to_channels(picture, 3) * 255).astype(np.uint8)
        for dimension in DEGRADED_DIMENSIONS:
            rng = np.random.default_rng(seed_for(seed, f"{name} {dimension}"))
            yield ClearCase(image, dimension, defect=False)
            yield ClearCase(degraded(image, dimension, rng, strongly=True), dimension, defect=True)


def degraded(
    image: ByteImage, dimension: Dimension, rng: np.random.Generator, strongly: bool = False
) -> ByteImage:
    """The picture `(H, W, 3) uint8`, worse in one dimension and as good as before in the others.

    Args:
        image: a good picture.
        dimension: one of `DEGRADED_DIMENSIONS`.
        rng: where the degradation is drawn from.
        strongly: so that nobody would miss it; else from well visible on.
    """
    config = _single_degradations(strongly, bright=float(image.mean()) > 127.5)[dimension]
    recipe = sample_recipe(rng, image.shape[0], image.shape[1], config)
    lq = apply_recipe(image.astype(np.float32) / np.float32(255), recipe).lq
    return np.rint(lq * 255).astype(np.uint8)


@cache
def _single_degradations(strongly: bool, bright: bool) -> dict[Dimension, DegradationConfig]:
    none = DegradationConfig.model_construct(
        blur=BlurConfig(probability=0),
        low_resolution=LowResolutionConfig(probability=0),
        fading=FadingConfig(probability=0),
        sepia=SepiaConfig(probability=0),
        noise=NoiseConfig(probability=0),
        scratches=ScratchConfig(probability=0),
        missing=MissingConfig(probability=0),
        jpeg=JpegConfig(probability=0),
    )
    if strongly:
        blur = BlurConfig(probability=1, motion_share=0, defocus_share=0, sigma=(2.0, 3.0))
        noise = NoiseConfig(probability=1, poisson_share=0, film_grain_share=0, gaussian_sigma=(0.08, 0.12))
        scratches = ScratchConfig(
            probability=1,
            dust_probability=0,
            crack_probability=0,
            fold_probability=0,
            # white scratches on a white sky are no clear-cut case
            dark_probability=1 if bright else 0,
            opacity=(0.95, 1.0),
            scratch_count=(6, 10),
            scratch_length=(0.5, 1.1),
            scratch_width=(0.015, 0.03),
        )
        missing = MissingConfig(probability=1, stain_share=0, border_share=0, count=(2, 2), size=(0.2, 0.35))
    else:
        blur = BlurConfig(probability=1, sigma=(1.0, 3.0), motion_length=(4, 12), defocus_radius=(1.5, 4))
        noise = NoiseConfig(
            probability=1, gaussian_sigma=(0.03, 0.12), grain_sigma=(0.04, 0.12), poisson_peak=(20, 150)
        )
        scratches = ScratchConfig(probability=1, scratch_width=(0.004, 0.025))
        missing = MissingConfig(probability=1, size=(0.1, 0.3))
    return {
        "sharpness": none.model_copy(update={"blur": blur}),
        "noise": none.model_copy(update={"noise": noise}),
        "scratches": none.model_copy(update={"scratches": scratches}),
        "missing_parts": none.model_copy(update={"missing": missing}),
    }

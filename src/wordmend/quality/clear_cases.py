"""Clear-cut cases: good pictures, and the same strongly degraded in one dimension."""

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
from wordmend.images.channels import ByteImage, FloatImage
from wordmend.training.seeds import seed_for


@dataclass(frozen=True)
class ClearCase:
    """A picture `(H, W, 3) uint8` of which it is known whether it has a defect in one dimension."""

    image: ByteImage
    dimension: Dimension
    defect: bool


def clear_cases(pictures: Iterable[tuple[str, FloatImage]], seed: int) -> Iterator[ClearCase]:
    """For each good picture and dimension: the picture itself, and the same strongly degraded in it.

    Args:
        pictures: names and images `(H, W, C)` in [0, 1], of good quality.
        seed: where the degradations come from.
    """
    for name, image in pictures:
        for dimension, config in strong_degradations().items():
            rng = np.random.default_rng(seed_for(seed, f"{name} {dimension}"))
            recipe = sample_recipe(rng, image.shape[0], image.shape[1], config)
            yield ClearCase(_bytes(image), dimension, defect=False)
            yield ClearCase(_bytes(apply_recipe(image, recipe).lq), dimension, defect=True)


@cache
def strong_degradations() -> dict[Dimension, DegradationConfig]:
    """One degradation each, stronger than most of those that pairs are made with."""
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
    blur = BlurConfig(probability=1, gaussian_share=1, motion_share=0, defocus_share=0, sigma=(2.0, 3.0))
    noise = NoiseConfig(
        probability=1, gaussian_share=1, poisson_share=0, film_grain_share=0, gaussian_sigma=(0.08, 0.12)
    )
    scratches = ScratchConfig(
        probability=1,
        dust_probability=0,
        crack_probability=0,
        fold_probability=0,
        opacity=(0.9, 1.0),
        scratch_count=(4, 8),
        scratch_length=(0.5, 1.1),
    )
    missing = MissingConfig(probability=1, stain_share=0, border_share=0, count=(2, 2), size=(0.15, 0.26))
    return {
        "sharpness": none.model_copy(update={"blur": blur}),
        "noise": none.model_copy(update={"noise": noise}),
        "scratches": none.model_copy(update={"scratches": scratches}),
        "missing_parts": none.model_copy(update={"missing": missing}),
    }


def _bytes(image: FloatImage) -> ByteImage:
    color = np.broadcast_to(image, (*image.shape[:2], 3))
    return np.rint(color * 255).astype(np.uint8)

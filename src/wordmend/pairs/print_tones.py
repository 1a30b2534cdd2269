"""The tones of old prints: black and white, warm, on hard paper, lighter or darker than today's photographs.

They belong to `gt`: they are to stay as they are. A restorer that only sees today's photographs, in which few
pale things lie before dark ones, takes a glove, a blossom or a bleached sky for bare paper.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from wordmend.config import Config
from wordmend.degradations.drawing import chance, draw
from wordmend.degradations.tone import Sepia
from wordmend.images.channels import FloatImage
from wordmend.pairs.config import PrintTonesConfig

_DISPLAY_GAMMA = 2.2


class PrintTones(Config):
    """What is done to one photograph's tones."""

    exposure: Annotated[float, Field(ge=-5.0, le=5.0)] = 0.0
    """Lighter or darker by so many stops; what gets lighter than white is white."""
    contrast: Annotated[float, Field(ge=0.1, le=10.0)] = 1.0
    """How many times as far from mid-gray; what gets beyond white or black is white or black."""
    monochrome: bool = False
    """Whether the colours are taken away; the number of channels stays."""
    warmth: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """How much blue black-and-white paper lacks; of green a third of it."""

    def apply(self, image: FloatImage) -> FloatImage:
        """`(H, W, C)` in [0, 1] in these tones, a new one; single-channel images have no warmth."""
        image = image * np.float32(2.0 ** (self.exposure / _DISPLAY_GAMMA))
        image = np.clip(np.float32(0.5) + np.float32(self.contrast) * (image - np.float32(0.5)), 0.0, 1.0)
        if self.monochrome and image.shape[2] == 3:
            image = Sepia(monochrome=1.0, warmth=self.warmth).apply(image)
        return image


def sample_print_tones(rng: np.random.Generator, config: PrintTonesConfig, channels: int) -> PrintTones:
    """Draw the tones of one pair of `channels` channels."""
    exposure = draw(rng, config.exposure) if chance(rng, config.exposure_probability) else 0.0
    contrast = draw(rng, config.contrast) if chance(rng, config.contrast_probability) else 1.0
    if channels == 1 or not chance(rng, config.monochrome_probability):
        return PrintTones(exposure=exposure, contrast=contrast)
    warmth = draw(rng, config.warmth) if chance(rng, config.warm_probability) else 0.0
    return PrintTones(exposure=exposure, contrast=contrast, monochrome=True, warmth=warmth)

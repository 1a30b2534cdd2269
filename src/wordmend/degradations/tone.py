"""Ageing of the print's tones: fading, sepia, yellowing."""

from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from wordmend.degradations.config import FadingConfig, SepiaConfig
from wordmend.degradations.drawing import chance, draw, draw_seed
from wordmend.degradations.fields import fractal_noise
from wordmend.degradations.operation import Image, ImageOperation, Seed
from wordmend.images.channels import LUMA_WEIGHTS, to_channels

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Fading(ImageOperation):
    """Contrast is lost towards a haze, more in some places than in others."""

    operation: ClassVar[str] = "fading"
    amount: Fraction
    """How much of the contrast is lost, on average."""
    haze: Fraction
    """Gray level towards which values fade."""
    unevenness: Fraction
    """How much the amount varies over the picture, as a fraction of it."""
    seed: Seed
    """Of the unevenness."""

    def apply(self, image: Image) -> Image:
        """Fade `image`."""
        height, width = image.shape[:2]
        rng = np.random.default_rng(self.seed)
        variation = np.clip(
            fractal_noise(rng, height, width, cell=max(height, width) / 2, octaves=2), -1.5, 1.5
        )
        amount = np.clip(self.amount * (1.0 + self.unevenness * variation), 0.0, 1.0)[:, :, None]  # (H, W, 1)
        faded = np.float32(self.haze) - image
        faded *= to_channels(amount, image.shape[2])
        faded += image
        return faded

    def describe(self) -> str:
        """Kind and strength."""
        return f"faded {self.amount:.0%}"


class Sepia(ImageOperation):
    """Colours are lost and the paper turns warm; on gray images only the loss of light is left."""

    operation: ClassVar[str] = "sepia"
    monochrome: Fraction
    """How much of the colour is lost; 1 leaves the tint alone."""
    warmth: Fraction
    """How much of the blue is lost; green loses a third of it."""

    def apply(self, image: Image) -> Image:
        """Tone `image`."""
        tint = np.array([1.0, 1.0 - self.warmth / 3.0, 1.0 - self.warmth], dtype=np.float32)
        if image.shape[2] == 1:
            return image * (tint @ LUMA_WEIGHTS)
        # What becomes of red, green and blue: a row each.
        mixed = self.monochrome * LUMA_WEIGHTS + (1.0 - self.monochrome) * np.eye(3, dtype=np.float32)
        return np.asarray(cv2.transform(image, tint[:, None] * mixed))

    def describe(self) -> str:
        """Kind."""
        return "sepia" if self.monochrome >= 0.5 else "yellowed"


def sample_fading(rng: np.random.Generator, config: FadingConfig) -> Fading:
    """Draw one fading."""
    return Fading(
        amount=draw(rng, config.amount),
        haze=draw(rng, config.haze),
        unevenness=draw(rng, config.unevenness),
        seed=draw_seed(rng),
    )


def sample_sepia(rng: np.random.Generator, config: SepiaConfig) -> Sepia:
    """Draw sepia, or yellowing that leaves most of the colour."""
    monochrome = draw(rng, (0.85, 1.0) if chance(rng, config.sepia_probability) else (0.0, 0.3))
    return Sepia(monochrome=monochrome, warmth=draw(rng, config.warmth))

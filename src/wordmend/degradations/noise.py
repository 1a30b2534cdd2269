"""Noise of sensor and film: Gaussian, Poisson, film grain."""

from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from wordmend.degradations.config import NoiseConfig
from wordmend.degradations.drawing import chance, choose, draw, draw_seed
from wordmend.degradations.operation import Image, ImageOperation, Plane, Seed
from wordmend.images.channels import luma, to_channels


class GaussianNoise(ImageOperation):
    """White Gaussian noise."""

    operation: ClassVar[str] = "gaussian_noise"
    sigma: Annotated[float, Field(ge=0.0, le=1.0)]
    """Standard deviation, on values in [0, 1]."""
    gray: bool
    """Whether the noise is the same in all channels."""
    seed: Seed
    """Of the noise."""

    def apply(self, image: Image) -> Image:
        """Add the noise to `image`."""
        rng = np.random.default_rng(self.seed)
        noise = rng.standard_normal(_noise_shape(image, self.gray), np.float32)
        noise *= self.sigma
        return _added(noise, image)

    def describe(self) -> str:
        """Kind and strength."""
        return f"{'gray' if self.gray else 'colour'} noise {self.sigma:.2f}"


class PoissonNoise(ImageOperation):
    """Photon noise: the variance grows with brightness."""

    operation: ClassVar[str] = "poisson_noise"
    peak: Annotated[float, Field(ge=1.0, le=1e5)]
    """Photons counted at white."""
    gray: bool
    """Whether the noise is the same in all channels (counted on the luminance)."""
    seed: Seed
    """Of the noise."""

    def apply(self, image: Image) -> Image:
        """Replace brightness in `image` by counted photons."""
        rng = np.random.default_rng(self.seed)
        expected = luma(image) if self.gray else image
        noise = rng.poisson(np.clip(expected, 0.0, 1.0) * self.peak).astype(np.float32)
        noise /= self.peak
        noise -= expected
        return _added(noise, image)

    def describe(self) -> str:
        """Kind and strength."""
        return f"photon noise {self.peak:.0f}"


class FilmGrain(ImageOperation):
    """Film grain: clumps of silver, correlated over neighbouring pixels and strongest in the mid-tones."""

    operation: ClassVar[str] = "film_grain"
    sigma: Annotated[float, Field(ge=0.0, le=1.0)]
    """Standard deviation in the mid-tones, on values in [0, 1]."""
    size: Annotated[float, Field(gt=0.0, le=20.0)]
    """Standard deviation of the Gaussian that correlates neighbours, px."""
    gray: bool
    """Whether the grain is the same in all channels."""
    seed: Seed
    """Of the noise."""

    def apply(self, image: Image) -> Image:
        """Add the grain to `image`."""
        rng = np.random.default_rng(self.seed)
        height, width, channels = _noise_shape(image, self.gray)
        brightness = luma(image)[:, :, 0]
        # Density fluctuates most where half of the grains are developed; clear or black film keeps a third.
        response = self.sigma * (0.35 + 0.65 * 4.0 * brightness * (1.0 - brightness))
        grain = [response * _grain(rng, height, width, self.size) for _ in range(channels)]
        return _added(cv2.merge(grain).reshape(height, width, channels), image)

    def describe(self) -> str:
        """Kind and strength."""
        return f"film grain {self.sigma:.2f}"


NOISES = (GaussianNoise, PoissonNoise, FilmGrain)
"""All kinds."""


def sample_noise(rng: np.random.Generator, config: NoiseConfig) -> ImageOperation:
    """Draw one noise."""
    kind = choose(rng, config.shares())
    gray, seed = chance(rng, config.gray_probability), draw_seed(rng)
    if kind == "gaussian":
        return GaussianNoise(sigma=draw(rng, config.gaussian_sigma), gray=gray, seed=seed)
    if kind == "poisson":
        return PoissonNoise(peak=draw(rng, config.poisson_peak), gray=gray, seed=seed)
    return FilmGrain(
        sigma=draw(rng, config.grain_sigma), size=draw(rng, config.grain_size), gray=gray, seed=seed
    )


def _added(noise: Image, image: Image) -> Image:
    """`image` and `noise` `(H, W, C or 1)`, which is used up: memory that is new to a process costs most."""
    noise = to_channels(noise, image.shape[2])
    noise += image
    return noise


def _noise_shape(image: Image, gray: bool) -> tuple[int, int, int]:
    height, width, channels = image.shape
    return height, width, 1 if gray else channels


def _grain(rng: np.random.Generator, height: int, width: int, size: float) -> Plane:
    """Unit-variance grain `(H, W)`: single grains, and a third as strong clumps three times as large."""
    white = rng.standard_normal((height, width), np.float32)
    fine = cv2.GaussianBlur(white, (0, 0), size, borderType=cv2.BORDER_REFLECT_101)
    clumps = cv2.GaussianBlur(white[::-1, ::-1], (0, 0), 3.0 * size, borderType=cv2.BORDER_REFLECT_101)
    # A blur of sigma s divides the deviation of white noise by about s * sqrt(4 pi); here it is measured.
    fine /= max(fine.std(), 1e-6)
    clumps *= 0.33 / max(clumps.std(), 1e-6)
    grain: Plane = fine + clumps
    grain /= max(grain.std(), 1e-6)
    return grain

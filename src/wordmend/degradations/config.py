"""How often and how strongly photographs are degraded when pairs are synthesised.

Probabilities and ranges only; what is drawn from them for one image is a recipe (`recipe.py`). Sizes of blur,
grain and noise are in pixels, as they come from optics and sensor; sizes of damage on the print are fractions
of the image's short side, so that a 96 px crop and a 1000 px scan look alike.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wordmend.config import Config
from wordmend.degradations.damage_config import MissingConfig, ScratchConfig
from wordmend.degradations.ranges import FloatRange, IntegerRange, Probability, Share, SharesConfig, within

Interpolation = Literal["nearest", "linear", "cubic", "area", "lanczos"]


class BlurConfig(SharesConfig):
    """Blur of the original capture: one kind per blurred image."""

    probability: Probability = 0.75
    """How many of the images are blurred. A restorer that sees no sharp ones takes those for damage."""
    gaussian_share: Share = 0.6
    """Relative frequency of Gaussian blur (lens, enlarger)."""
    motion_share: Share = 0.15
    """Relative frequency of motion blur (camera shake)."""
    defocus_share: Share = 0.25
    """Relative frequency of defocus blur."""
    sigma: Annotated[FloatRange, within(0.1, 50.0)] = (0.5, 1.6)
    """Standard deviation of Gaussian blur along its longer axis, px."""
    anisotropy: Annotated[FloatRange, within(0.05, 1.0)] = (0.5, 1.0)
    """Shorter axis of Gaussian blur as a fraction of the longer; 1 is isotropic."""
    motion_length: Annotated[FloatRange, within(1.0, 200.0)] = (3.0, 6.0)
    """Length of motion blur, px."""
    defocus_radius: Annotated[FloatRange, within(0.5, 50.0)] = (1.1, 2.2)
    """Radius of the circle of confusion, px."""


class LowResolutionConfig(Config):
    """Loss of resolution: scaled down and up again."""

    probability: Probability = 0.08
    """How many of the images lose resolution."""
    factor: Annotated[FloatRange, within(1.0, 16.0)] = (1.5, 3.0)
    """How many times smaller the image gets before it is scaled up again."""
    downscaling: Annotated[tuple[Interpolation, ...], Field(min_length=1)] = ("area", "linear", "cubic")
    """Interpolations to draw from on the way down."""
    upscaling: Annotated[tuple[Interpolation, ...], Field(min_length=1)] = (
        "nearest",
        "linear",
        "cubic",
        "lanczos",
    )
    """Interpolations to draw from on the way up."""


class NoiseConfig(SharesConfig):
    """Noise of film and sensor: one kind per noisy image."""

    probability: Probability = 0.65
    """How many of the images are noisy. A restorer that sees no clean ones takes those for damage."""
    gaussian_share: Share = 0.35
    """Relative frequency of Gaussian noise (read-out)."""
    poisson_share: Share = 0.3
    """Relative frequency of Poisson noise (photon count)."""
    film_grain_share: Share = 0.35
    """Relative frequency of film grain (spatially correlated, strongest in the mid-tones)."""
    gray_probability: Probability = 0.6
    """How often the noise is the same in all channels."""
    gaussian_sigma: Annotated[FloatRange, within(0.0, 1.0)] = (0.02, 0.1)
    """Standard deviation of Gaussian noise, on values in [0, 1]."""
    poisson_peak: Annotated[FloatRange, within(1.0, 1e5)] = (25.0, 100.0)
    """Photons counted at white; fewer are noisier."""
    grain_sigma: Annotated[FloatRange, within(0.0, 1.0)] = (0.02, 0.1)
    """Standard deviation of film grain in the mid-tones, on values in [0, 1]."""
    grain_size: Annotated[FloatRange, within(0.1, 20.0)] = (0.3, 0.8)
    """Standard deviation of the Gaussian that correlates neighbouring grains, px."""


class FadingConfig(Config):
    """Fading of the print: contrast is lost and blacks are lifted, unevenly over the picture."""

    probability: Probability = 0.08
    """How many of the images are faded."""
    amount: Annotated[FloatRange, within(0.0, 1.0)] = (0.1, 0.35)
    """How much of the contrast is lost, 0 (none) to 1 (all)."""
    haze: Annotated[FloatRange, within(0.0, 1.0)] = (0.4, 0.75)
    """Gray level towards which values fade; blacks are lifted to `amount * haze`."""
    unevenness: Annotated[FloatRange, within(0.0, 1.0)] = (0.0, 0.5)
    """How much the amount varies over the picture, as a fraction of it."""


class SepiaConfig(Config):
    """Sepia and yellowing: colours are lost and the paper turns warm."""

    probability: Probability = 0.06
    """How many of the images are toned."""
    sepia_probability: Probability = 0.5
    """How many of the toned ones are sepia (colours lost); the others are yellowed only."""
    warmth: Annotated[FloatRange, within(0.0, 1.0)] = (0.1, 0.4)
    """How much of the blue is lost; green loses a third of it."""


class JpegConfig(Config):
    """JPEG compression of the scan, after everything else."""

    probability: Probability = 0.1
    """How many of the images are compressed."""
    quality: Annotated[IntegerRange, within(1, 100)] = (35, 85)
    """JPEG quality, 1 to 100."""
    subsampling_probability: Probability = 0.5
    """How often colour is stored at half the resolution (4:2:0)."""


class DegradationConfig(Config):
    """What is done to photographs. Every image gets at least one degradation."""

    blur: BlurConfig = BlurConfig()
    """Blur: Gaussian, motion, defocus."""
    low_resolution: LowResolutionConfig = LowResolutionConfig()
    """Loss of resolution."""
    fading: FadingConfig = FadingConfig()
    """Loss of contrast."""
    sepia: SepiaConfig = SepiaConfig()
    """Sepia and yellowing."""
    noise: NoiseConfig = NoiseConfig()
    """Noise: Gaussian, Poisson, film grain."""
    scratches: ScratchConfig = ScratchConfig()
    """Scratches, dust, cracks and folds."""
    missing: MissingConfig = MissingConfig()
    """Missing parts."""
    jpeg: JpegConfig = JpegConfig()
    """JPEG compression."""

    def probabilities(self) -> dict[str, float]:
        """Degradation -> how many of the images get it."""
        return {name: getattr(self, name).probability for name in type(self).model_fields}

    @model_validator(mode="after")
    def _some_degradation(self) -> "DegradationConfig":
        if not any(self.probabilities().values()):
            raise ValueError(
                "every probability is 0, but each image gets at least one degradation: raise one"
            )
        return self

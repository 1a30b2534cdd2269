"""Loss of resolution: the picture is scaled down and up again."""

from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from wordmend.degradations.config import Interpolation, LowResolutionConfig
from wordmend.degradations.drawing import draw, one_of
from wordmend.degradations.operation import Image, ImageOperation

_CV2_INTERPOLATION: dict[str, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos": cv2.INTER_LANCZOS4,
}


class LowResolution(ImageOperation):
    """Scaled down by `factor` and up again to the same size."""

    operation: ClassVar[str] = "low_resolution"
    factor: Annotated[float, Field(ge=1.0, le=16.0)]
    """How many times smaller each side gets in between."""
    downscaling: Interpolation
    """Interpolation on the way down."""
    upscaling: Interpolation
    """Interpolation on the way up."""

    def apply(self, image: Image) -> Image:
        """Scale `image` down and up."""
        height, width = image.shape[:2]
        small = (max(1, round(width / self.factor)), max(1, round(height / self.factor)))
        down = cv2.resize(image, small, interpolation=_CV2_INTERPOLATION[self.downscaling])
        up = cv2.resize(down, (width, height), interpolation=_CV2_INTERPOLATION[self.upscaling])
        return np.asarray(up, dtype=np.float32).reshape(image.shape)

    def describe(self) -> str:
        """Kind and strength."""
        return f"{self.factor:.1f}x smaller ({self.upscaling})"


def sample_low_resolution(rng: np.random.Generator, config: LowResolutionConfig) -> LowResolution:
    """Draw one loss of resolution."""
    return LowResolution.model_validate(
        {
            "factor": draw(rng, config.factor),
            "downscaling": one_of(rng, config.downscaling),
            "upscaling": one_of(rng, config.upscaling),
        }
    )

"""JPEG compression of the scan."""

from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from wordmend.degradations.config import JpegConfig
from wordmend.degradations.drawing import chance, draw_integer
from wordmend.degradations.operation import Image, ImageOperation
from wordmend.images.channels import to_bytes, to_float


class Jpeg(ImageOperation):
    """Encoded as JPEG and decoded again."""

    operation: ClassVar[str] = "jpeg"
    quality: Annotated[int, Field(ge=1, le=100)]
    """JPEG quality."""
    subsampling: bool
    """True: colour at half the resolution (4:2:0); False: at full resolution (4:4:4)."""

    def apply(self, image: Image) -> Image:
        """Encode and decode `image`."""
        gray = image.shape[2] == 1
        pixels = to_bytes(image)
        sampling = (
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if self.subsampling else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
        )
        options = [cv2.IMWRITE_JPEG_QUALITY, self.quality]
        if not gray:
            options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)  # OpenCV's encoder takes BGR
        encoded, data = cv2.imencode(".jpg", pixels, options)
        assert encoded
        decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR_RGB)
        return to_float(np.asarray(decoded).reshape(image.shape))

    def describe(self) -> str:
        """Kind and strength."""
        return f"JPEG {self.quality}"


def sample_jpeg(rng: np.random.Generator, config: JpegConfig) -> Jpeg:
    """Draw one compression."""
    return Jpeg(
        quality=draw_integer(rng, config.quality),
        subsampling=chance(rng, config.subsampling_probability),
    )

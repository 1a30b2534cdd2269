"""Blur of the original capture: Gaussian, motion, defocus, as convolutions with a kernel of sum 1."""

import math
from typing import Annotated, Any, ClassVar

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.signal import fftconvolve

from wordmend.degradations.config import BlurConfig
from wordmend.degradations.drawing import choose, draw, draw_angle
from wordmend.degradations.operation import Image, ImageOperation, Plane

_LARGEST_DIRECT = 11  # px

Angle = Annotated[float, Field(ge=0.0, lt=180.0)]


class GaussianBlur(ImageOperation):
    """Gaussian blur, anisotropic where `minor_sigma` is below `sigma`."""

    operation: ClassVar[str] = "gaussian_blur"
    sigma: Annotated[float, Field(gt=0.0, le=50.0)]
    """Standard deviation along `angle`, px."""
    minor_sigma: Annotated[float, Field(gt=0.0, le=50.0)]
    """Standard deviation across `angle`, px."""
    angle: Angle
    """Direction of the longer axis, degrees from the x axis towards the y axis."""

    def kernel(self) -> Plane:
        """`(K, K)`, sum 1."""
        along, across = _rotated_grid(self._reach(), self.angle)
        return _normalized(np.exp(-0.5 * ((along / self.sigma) ** 2 + (across / self.minor_sigma) ** 2)))

    def apply(self, image: Image) -> Image:
        """Blur `image`."""
        if self.sigma != self.minor_sigma:
            return _convolve(image, self.kernel())
        # An isotropic kernel is a column times a row: 2 K multiplications a pixel instead of K * K.
        size = 2 * self._reach() + 1
        blurred = cv2.GaussianBlur(image, (size, size), self.sigma, borderType=cv2.BORDER_REFLECT_101)
        return np.asarray(blurred, dtype=np.float32).reshape(image.shape)

    def _reach(self) -> int:
        """From the middle of the kernel to its edge, px."""
        return math.ceil(2.5 * max(self.sigma, self.minor_sigma))

    def describe(self) -> str:
        """Kind and strength."""
        return f"Gaussian blur {self.sigma:.1f} px"


class MotionBlur(ImageOperation):
    """The camera moved along a straight line while the shutter was open."""

    operation: ClassVar[str] = "motion_blur"
    length: Annotated[float, Field(ge=1.0, le=200.0)]
    """Way of an image point, px."""
    angle: Angle
    """Direction of the motion, degrees from the x axis towards the y axis."""

    def kernel(self) -> Plane:
        """`(K, K)`, sum 1: a line one pixel wide with soft ends."""
        reach = math.ceil(self.length / 2.0 + 0.5)
        along, across = _rotated_grid(reach, self.angle)
        inside = np.clip(self.length / 2.0 + 0.5 - np.abs(along), 0.0, 1.0)
        return _normalized(inside * np.clip(1.0 - np.abs(across), 0.0, 1.0))

    def apply(self, image: Image) -> Image:
        """Blur `image`."""
        return _convolve(image, self.kernel())

    def describe(self) -> str:
        """Kind and strength."""
        return f"motion blur {self.length:.0f} px"


class DefocusBlur(ImageOperation):
    """A point becomes a disc, the circle of confusion."""

    operation: ClassVar[str] = "defocus_blur"
    radius: Annotated[float, Field(gt=0.0, le=50.0)]
    """Radius of the disc, px."""

    def kernel(self) -> Plane:
        """`(K, K)`, sum 1: a disc with a soft rim."""
        along, across = _rotated_grid(math.ceil(self.radius + 0.5), 0.0)
        return _normalized(np.clip(self.radius + 0.5 - np.hypot(along, across), 0.0, 1.0))

    def apply(self, image: Image) -> Image:
        """Blur `image`."""
        return _convolve(image, self.kernel())

    def describe(self) -> str:
        """Kind and strength."""
        return f"defocus {self.radius:.1f} px"


def sample_blur(rng: np.random.Generator, config: BlurConfig) -> ImageOperation:
    """Draw one blur."""
    kind = choose(rng, config.shares())
    if kind == "motion":
        return MotionBlur(length=draw(rng, config.motion_length), angle=draw_angle(rng))
    if kind == "defocus":
        return DefocusBlur(radius=draw(rng, config.defocus_radius))
    sigma = draw(rng, config.sigma)
    minor_sigma = max(round(sigma * draw(rng, config.anisotropy), 4), 0.05)
    return GaussianBlur(sigma=sigma, minor_sigma=minor_sigma, angle=draw_angle(rng))


def _rotated_grid(reach: int, angle: float) -> tuple[Plane, Plane]:
    """Coordinates along and across `angle` of a square kernel, both `(2 * reach + 1, 2 * reach + 1)`, px."""
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return cosine * x + sine * y, cosine * y - sine * x


def _normalized(kernel: npt.NDArray[np.floating[Any]]) -> Plane:
    normalized: Plane = (kernel / kernel.sum()).astype(np.float32)
    return normalized


def _convolve(image: Image, kernel: Plane) -> Image:
    """Kernels are symmetric about their middle, so it does not matter which way round they lie."""
    reach = kernel.shape[0] // 2
    if kernel.shape[0] <= _LARGEST_DIRECT:
        blurred = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    else:
        # from here on OpenCV goes by Fourier transforms, too, and takes ten times as long for small images
        framed = cv2.copyMakeBorder(image, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
        blurred = fftconvolve(np.atleast_3d(framed), kernel[:, :, None], mode="valid", axes=(0, 1))
        blurred = np.clip(blurred, 0, 1)  # against rounding
    return np.asarray(blurred, dtype=np.float32).reshape(image.shape)

"""What a degradation is: frozen numbers, and a pure function of an image and these numbers."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from wordmend.config import Config
from wordmend.images.channels import LUMA_WEIGHTS

Image = npt.NDArray[np.float32]
"""`(H, W, C)` in [0, 1], C = 3 (RGB) or 1 (gray)."""
Plane = npt.NDArray[np.float32]
"""`(H, W)`."""
DamageMap = npt.NDArray[np.uint8]
"""`(H, W)`: `INTACT`, `SCRATCHES` or `MISSING`."""
Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""Of the random numbers that one operation needs per pixel or per point."""

INTACT, SCRATCHES, MISSING = 0, 1, 2

# A layer this thin is not seen under any grain; dropping it keeps the damage map to what is really damaged.
MIN_OPACITY = 0.1


class Operation(Config):
    """One degradation with every number drawn. Subclasses are either image operations or print damage."""

    operation: ClassVar[str]
    """Its name in a recipe."""

    @abstractmethod
    def describe(self) -> str:
        """A few words for people, such as "motion blur 7 px"."""


class ImageOperation(Operation):
    """A degradation of all pixels: blur, noise, tone, compression."""

    @abstractmethod
    def apply(self, image: Image) -> Image:
        """The degraded image, a new one of the same shape, not yet clipped to [0, 1]."""


@dataclass(frozen=True)
class Layer:
    """Something that lies over a picture."""

    opacity: Plane
    """`(H, W)` in [0, 1]; 0 leaves the picture as it is."""
    colour: npt.NDArray[np.float32]
    """RGB in [0, 1], any shape that broadcasts to `(H, W, 3)`."""


class PrintDamage(Operation):
    """Damage on the print: covers some pixels and leaves the others exactly as they are."""

    label: ClassVar[int]
    """What it is in the damage map: `SCRATCHES` or `MISSING`."""

    @abstractmethod
    def layer(self, height: int, width: int) -> Layer:
        """The damage on a picture of `height` x `width` pixels."""

    def damage_image(self, image: Image, damage: DamageMap) -> tuple[Image, DamageMap]:
        """Lay the damage over `image` and note it in `damage`; missing parts win over scratches there."""
        layer = self.layer(*damage.shape)
        covered = layer.opacity >= MIN_OPACITY
        # N covered pixels, most often few: nothing is computed for the others.
        opacity = layer.opacity[covered][:, None]  # (N, 1)
        colour = np.broadcast_to(layer.colour, (*covered.shape, 3))[covered]  # (N, 3)
        if image.shape[2] == 1:
            colour = colour @ LUMA_WEIGHTS[:, None]  # (N, 1)
        damaged = image.copy()
        damaged[covered] += opacity * (colour - damaged[covered])
        return damaged, np.maximum(damage, covered * np.uint8(self.label))


def gray_colour(level: float) -> npt.NDArray[np.float32]:
    """RGB of a gray `level` in [0, 1]."""
    return np.full(3, level, dtype=np.float32)

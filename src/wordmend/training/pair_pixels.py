"""A pair as it is kept in memory and changed before it is trained on."""

from collections.abc import Mapping
from dataclasses import dataclass

from wordmend.comments.entry import Dimension
from wordmend.defects.arrays import MISSING_PARTS, SCRATCHES
from wordmend.images.channels import ByteImage

DAMAGE: Mapping[Dimension, int] = {"scratches": SCRATCHES, "missing_parts": MISSING_PARTS}
"""The dimensions that damage maps tell of, and their numbers there."""


@dataclass(frozen=True)
class PairPixels:
    """A pair's pictures `(H, W, C) uint8`, and its damage map `(H, W)`; None where damage isn't known.

    `pasted` is `(H, W)`, 1 where something of other pairs is and 0 elsewhere; None: it is the pair as it was
    given. `named` are the dimensions of other pairs' defects on it, which words named there.
    """

    lq: ByteImage
    gt: ByteImage
    damage: ByteImage | None
    pasted: ByteImage | None = None
    named: tuple[Dimension, ...] = ()

    @property
    def nbytes(self) -> int:
        """Memory that they take."""
        return sum(image.nbytes for image in (self.lq, self.gt, self.damage) if image is not None)

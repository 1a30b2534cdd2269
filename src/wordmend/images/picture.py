"""A picture as it stands in a file: pixels at their own depth, transparency, and what is told of it."""

from dataclasses import dataclass, field, replace

import numpy as np

from wordmend.images.channels import FloatImage, Pixels, to_float


@dataclass(frozen=True)
class Metadata:
    """What a file tells about a picture; what it doesn't is None."""

    icc: bytes | None = None
    """The colour profile."""
    exif: bytes | None = None
    """As it stands in JPEG, after `Exif` and two zeros, without orientation and thumbnail."""
    xmp: bytes | None = None
    """An XML packet."""
    dpi: tuple[float, float] | None = None
    """Pixels an inch, across and down."""
    texts: dict[str, str] = field(default_factory=dict)
    """Named texts, of PNG."""


@dataclass(frozen=True)
class Picture:
    """One picture of a file, upright."""

    pixels: Pixels
    """`(H, W, 1)` gray or `(H, W, 3)` RGB, `uint8` or `uint16`, white is the highest value."""
    alpha: Pixels | None = None
    """`(H, W)` of the same depth: 0 is transparent. None: opaque."""
    metadata: Metadata = Metadata()
    changes: tuple[str, ...] = ()
    """What of the file it doesn't have, or has otherwise, in words."""

    @property
    def levels(self) -> int:
        """The highest value: 255 or 65535."""
        return int(np.iinfo(self.pixels.dtype).max)

    def part(self, rows: slice, columns: slice = slice(None)) -> "Picture":
        """A part of it, which shares its pixels."""
        alpha = None if self.alpha is None else self.alpha[rows, columns]
        return replace(self, pixels=self.pixels[rows, columns], alpha=alpha)


def over_white(picture: Picture) -> FloatImage:
    """Pixels `(H, W, 1 or 3)` float32 in [0, 1], those that are transparent over white."""
    floats = to_float(picture.pixels)
    if picture.alpha is None:
        return floats
    alpha = to_float(picture.alpha)[..., np.newaxis]
    return np.asarray(floats * alpha + (1.0 - alpha), dtype=np.float32)

"""Pictures as they stand in a page: URLs that hold them."""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wordmend.images.channels import to_bytes

if TYPE_CHECKING:
    from PIL import Image

_LARGEST_SIDE = 768  # pixels: larger pictures are shown scaled down, or the file gets too big to send
LOSSLESS_SIDE = 256
"""Pixels: up to here pictures stand in a page without loss; above, JPEG keeps the file small."""


def data_url(image: npt.NDArray[np.floating[Any]], largest_side: int = _LARGEST_SIDE) -> str:
    """A picture (H, W, C) in [0, 1] as a URL that holds it, scaled down to `largest_side` pixels."""
    from PIL import Image

    pixels = to_bytes(np.asarray(image, np.float32))
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    picture.thumbnail((largest_side, largest_side), Image.Resampling.LANCZOS)
    kind = "png" if max(picture.size) <= LOSSLESS_SIDE else "jpeg"
    options: dict[str, Any] = {"optimize": True} if kind == "png" else {"quality": 92, "subsampling": 0}
    return image_url(picture, kind, **options)


def image_url(picture: "Image.Image", kind: str, **options: Any) -> str:
    """A picture as a URL that holds it as a file of a kind (png, jpeg)."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"

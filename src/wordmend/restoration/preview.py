"""What a person sees of a picture on a page: 8 bits, sRGB, transparent pixels over white."""

import cv2
import numpy as np
from PIL import Image

from wordmend.images.channels import ByteImage, FloatImage, to_bytes, to_float
from wordmend.images.picture import Picture, over_white
from wordmend.images.profiles import to_srgb
from wordmend.pages.pictures import data_url
from wordmend.progress import progress


def preview_url(picture: Picture, side: int) -> str:
    """A picture of any size, by its colour profile, as a URL that holds it.

    Args:
        picture: is reduced in strips, so that no floats of a large one are in memory.
        side: the longer side, px, if the picture is larger.
    """
    return data_url(_in_srgb(reduced(picture, side), picture.metadata.icc), side)


def reduced(picture: Picture, side: int) -> FloatImage:
    """`(H, W, 1 or 3)` in [0, 1], the means of squares, whose longer side has `side` px to twice as many."""
    height, width = picture.pixels.shape[:2]
    factor = max(height, width) // side
    if factor <= 1:
        return over_white(picture)
    columns = round(width / factor) or 1
    rows = [
        cv2.resize(
            over_white(picture.part(slice(top, top + factor))), (columns, 1), interpolation=cv2.INTER_AREA
        ).reshape(1, columns, -1)
        for top in progress(range(0, height, factor), "scaling down", unit="strip")
    ]
    return np.concatenate(rows)


def _in_srgb(image: FloatImage, icc: bytes | None) -> FloatImage:
    if icc is None:
        return image
    pixels: ByteImage = to_bytes(image)
    shown = to_srgb(Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels), icc)
    return image if shown is None else to_float(np.asarray(shown))

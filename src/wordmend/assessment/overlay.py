"""Heat maps as colours that lie over a picture."""

import numpy as np

from wordmend.assessment.grid import FloatArray
from wordmend.images.channels import ByteImage
from wordmend.pages.pictures import image_url

_BEST, _WORST = (255, 214, 10), (200, 0, 40)
"""RGB: yellow, which is seen at scores of .5 and more only faintly, to red."""
_DENSEST = 0.6


def overlay(scores: FloatArray) -> ByteImage:
    """Colours for scores `(h, w)` in [0, 1]: `(h, w, 4) uint8` RGBA.

    The worse, the redder and the denser; nothing where all is as wanted, or where nothing is told (NaN).
    """
    bad = 1 - np.nan_to_num(scores, nan=1.0)[..., np.newaxis]
    colour = (1 - bad) * np.array(_BEST, np.float32) + bad * np.array(_WORST, np.float32)
    alpha = 255 * _DENSEST * bad
    found: ByteImage = np.rint(np.concatenate([colour, alpha], axis=-1)).astype(np.uint8)
    return found


def overlay_url(scores: FloatArray, largest_side: int) -> str:
    """The same as a URL of a PNG, scaled down to `largest_side` pixels; a browser stretches it smoothly."""
    from PIL import Image

    picture = Image.fromarray(overlay(scores), "RGBA")
    picture.thumbnail((largest_side, largest_side), Image.Resampling.BOX)
    return image_url(picture, "png", optimize=True)


def legend_url() -> str:
    """The colours from 0 at the left to 1 at the right."""
    return overlay_url(np.linspace(0, 1, 64, dtype=np.float32)[np.newaxis], 64)

"""Numbers and pictures as they stand on the page."""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from wordmend.evaluation.report_data import FloatImage

if TYPE_CHECKING:
    from PIL import Image

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
"""Stands where nothing was measured."""
LARGEST_SIDE = 768
"""Pixels: larger pictures are shown scaled down, or the file gets too big to send."""
_PNG_SIDE = 256  # pixels: up to here without loss; above, JPEG keeps the file small
_DECIMALS = {"psnr": 2, "ssim": 4, "haarpsi": 4}


def number(metric: str, value: float | None, signed: bool = False) -> str:
    """A value of a metric (a defect's name, `psnr`, ...) with its digits, and its sign where wanted."""
    if value is None or np.isnan(value):
        return NOTHING
    return f"{value:{'+' if signed else ''}.{_DECIMALS.get(metric, 4)}f}".replace("-", MINUS)


def percent(difference: float, baseline: float) -> str:
    """A difference in percent of its baseline."""
    return f"{100 * difference / baseline:+.1f} %".replace("-", MINUS) if baseline > 0 else NOTHING


def data_url(image: FloatImage, largest_side: int = LARGEST_SIDE) -> str:
    """A picture (H, W, C) in [0, 1] as a URL that holds it, scaled down to `largest_side` pixels."""
    from PIL import Image

    pixels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    picture.thumbnail((largest_side, largest_side), Image.Resampling.LANCZOS)
    kind = "png" if max(picture.size) <= _PNG_SIDE else "jpeg"
    options: dict[str, Any] = {"optimize": True} if kind == "png" else {"quality": 92, "subsampling": 0}
    return image_url(picture, kind, **options)


def image_url(picture: "Image.Image", kind: str, **options: Any) -> str:
    """A picture as a URL that holds it as a file of a kind (png, jpeg)."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"

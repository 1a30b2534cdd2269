"""Pairs to look at: degraded and original side by side, with what was done in words."""

import textwrap
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from wordmend.errors import ImageError
from wordmend.pairs.image_pair import ImagePair
from wordmend.pairs.replay import PairRecipe

_MARGIN = 6  # px around and between pairs
_LINES = 3  # of the summary below a pair
_LINE_HEIGHT = 13  # px
_CHARACTER_WIDTH = 6  # px, on average, of the font at `_FONT_SIZE`
_FONT_SIZE = 11
_MIN_CELL_WIDTH = 240  # px, so that there is room for words below small crops
_PAPER, _INK, _QUIET_INK = (255, 255, 255), (20, 20, 20), (120, 120, 120)


def contact_sheet(pairs: Sequence[ImagePair], columns: int) -> npt.NDArray[np.float32]:
    """Lay out `pairs` in `columns`: `lq` left, `gt` right, name and summary below.

    Returns:
        float32 `(H, W, 3)` in [0, 1]. Images keep their own pixels, small ones magnified by whole numbers.

    Raises:
        ImageError: there are no pairs, or `columns` is below 1.
        ParameterError: a recipe can't be read.
    """
    if not pairs or columns < 1:
        raise ImageError(
            f"a contact sheet of {len(pairs)} pairs in {columns} columns: both must be 1 at least"
        )
    cells = [_cell(pair) for pair in pairs]
    width = max(cell.width for cell in cells) + _MARGIN
    height = max(cell.height for cell in cells) + _MARGIN
    columns = min(columns, len(cells))
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * width + _MARGIN, rows * height + _MARGIN), _PAPER)
    for index, cell in enumerate(cells):
        sheet.paste(cell, (_MARGIN + index % columns * width, _MARGIN + index // columns * height))
    return np.asarray(sheet, dtype=np.float32) / np.float32(255)


def _cell(pair: ImagePair) -> Image.Image:
    """One pair with its words."""
    images = [_picture(pair.lq), _picture(pair.gt)]
    gap = _MARGIN // 2
    magnification = max(1, -(-(_MIN_CELL_WIDTH - gap) // sum(image.width for image in images)))
    images = [
        image.resize((image.width * magnification, image.height * magnification), Image.Resampling.NEAREST)
        for image in images
    ]
    width = sum(image.width for image in images) + gap
    height = max(image.height for image in images)
    cell = Image.new("RGB", (width, height + (_LINES + 1) * _LINE_HEIGHT), _PAPER)
    cell.paste(images[0], (0, 0))
    cell.paste(images[1], (images[0].width + gap, 0))
    draw = ImageDraw.Draw(cell)
    font = ImageFont.load_default(_FONT_SIZE)
    draw.text((0, height), pair.pair_id, fill=_QUIET_INK, font=font)
    for number, line in enumerate(_summary_lines(pair.recipe, width), start=1):
        draw.text((0, height + number * _LINE_HEIGHT), line, fill=_INK, font=font)
    return cell


def _summary_lines(recipe: str | None, width: int) -> list[str]:
    summary = "a real pair" if recipe is None else PairRecipe.from_json(recipe).recipe().summary()
    return textwrap.wrap(summary, width // _CHARACTER_WIDTH, max_lines=_LINES, placeholder=" ...")


def _picture(image: npt.NDArray[np.float32]) -> Image.Image:
    """An RGB picture of a gray or RGB array."""
    pixels = np.rint(np.clip(image, 0.0, 1.0) * 255.0).astype(np.uint8)
    return Image.fromarray(np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels)

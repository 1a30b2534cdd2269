"""How pictures and what was said of them are shown to the quality model while it learns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wordmend.comments.entry import Dimension, Entry, Region
from wordmend.comments.language import QualityLanguage
from wordmend.comments.sayings import with_typo
from wordmend.images.channels import ByteImage
from wordmend.quality.paraphrases import held_out_texts
from wordmend.quality.windows import cut_window, region_corner
from wordmend.training.quality_config import ViewConfig

_EVERYWHERE = frozenset({"sharpness", "noise"})
"""Dimensions whose words about a whole image hold of any part of it."""


@dataclass(frozen=True)
class QualityView:
    """A picture as the quality model sees it, and the statements that hold of it.

    `image` is `(3, side, side) float32` in [0, 1]; a statement is a text and whether it conforms, 1 or 0.
    `damage` `(len(PLACED_DIMENSIONS), side, side) bool` is where it is damaged; None: that isn't known.
    """

    sample_id: str
    image: Tensor
    statements: list[tuple[str, float]]
    comment_ids: list[str]
    damage: Tensor | None = None


def cut_view(
    picture: ByteImage,
    entries: Sequence[Entry],
    kind: str,
    config: ViewConfig,
    in_windows: bool,
    rng: np.random.Generator,
) -> tuple[ByteImage, list[Entry]] | None:
    """What is shown of a picture, at its own resolution, and what holds there; None: nothing was said of it.

    Args:
        picture: `(H, W, 3) uint8`.
        entries: about it.
        kind: lq, gt, restored or new.
        config: sizes.
        in_windows: a window of the model's image size, around a region or elsewhere; else the whole picture.
        rng: chooses.
    """
    region, there = _in_window(entries, kind, rng) if in_windows else (None, _of_picture(entries))
    if not there:
        return None
    side = config.model.image_size if in_windows else config.picture_size
    return _window(picture, region, side, rng), there


def view_of(
    sample_id: str,
    window: ByteImage,
    entries: Sequence[Entry],
    config: ViewConfig,
    rng: np.random.Generator,
    spoilt: Collection[Dimension] = (),
    language: QualityLanguage | None = None,
    damage: npt.NDArray[np.bool_] | None = None,
) -> QualityView:
    """A window as it is shown, flipped, turned and changed in color and intensity, with its statements.

    Args:
        sample_id: the sample.
        window: `(side, side, 3) uint8`.
        entries: what was said of it; each is a statement, and so is its opposite.
        config: how much is changed.
        rng: changes it.
        spoilt: dimensions in which the window was degraded: words about them have the other class.
        language: has other words for them; None: they come as they are.
        damage: `(side, side, len(PLACED_DIMENSIONS))`, where it is damaged; None: that isn't known.
    """
    image, where = _augmented(window, damage, config, rng)
    statements = []
    for entry in entries:
        truth = entry.conforms if entry.dimension not in spoilt else 1 - entry.conforms
        texts = [(entry.text, truth)] + ([] if entry.opposite is None else [(entry.opposite, 1 - truth)])
        if language is not None:
            texts = _in_more_words(texts, entry.dimension, config, language, rng)
        statements += [(text, float(conforms)) for text, conforms in texts]
    return QualityView(sample_id, image, statements, [entry.comment_id for entry in entries], where)


def _in_more_words(
    texts: list[tuple[str, int]],
    dimension: Dimension,
    config: ViewConfig,
    language: QualityLanguage,
    rng: np.random.Generator,
) -> list[tuple[str, int]]:
    """The texts, perhaps as somebody else might say them too, but never as a paraphrase to test on."""
    if rng.random() < config.saying_share:
        said = [(language.in_other_words(text, dimension, rng), conforms) for text, conforms in texts]
        texts = texts + [one for one in said if one not in texts and one[0].lower() not in held_out_texts()]
    return [
        (with_typo(text, rng) if rng.random() < config.typo_share else text, conforms)
        for text, conforms in texts
    ]


def _of_picture(entries: Sequence[Entry]) -> list[Entry]:
    """What was said about the whole picture; where only spots were spoken about, that."""
    return [entry for entry in entries if entry.region is None] or list(entries)


def _in_window(
    entries: Sequence[Entry], kind: str, rng: np.random.Generator
) -> tuple[Region | None, list[Entry]]:
    """A region or None for anywhere, and what holds there."""
    everywhere = [
        entry
        for entry in entries
        if entry.region is None and (entry.dimension in _EVERYWHERE or kind == "gt")
    ]
    regions = sorted({entry.region for entry in entries if entry.region is not None})
    if regions and (not everywhere or rng.random() < 0.5):
        region = regions[int(rng.integers(len(regions)))]
        there = [entry for entry in entries if entry.region == region]
        named = {entry.dimension for entry in there}
        return region, there + [entry for entry in everywhere if entry.dimension not in named]
    return None, everywhere


def _window(image: ByteImage, region: Region | None, side: int, rng: np.random.Generator) -> ByteImage:
    height, width = image.shape[:2]
    if region is not None:
        x, y = region_corner(region, height, width, side)
        return cut_window(image, x, y, side)
    x, y = (int(rng.integers(max(0, extent - side) + 1)) for extent in (width, height))
    return cut_window(image, x, y, side)


def _augmented(
    window: ByteImage, damage: npt.NDArray[np.bool_] | None, config: ViewConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor | None]:
    """Flipped, turned and changed in color and intensity, `(3, side, side)` in [0, 1]; and its damage."""
    turns, flipped = int(rng.integers(4)), rng.random() < 0.5
    window = _turned(window, turns, flipped)
    if rng.random() < config.color_jitter:
        window = window[:, :, rng.permutation(3)]
    contrast, brightness = rng.uniform(-config.intensity_jitter, config.intensity_jitter, 2)
    pixels = torch.from_numpy(np.ascontiguousarray(window.transpose(2, 0, 1))).float() / 255
    image = ((pixels - 0.5) * (1 + float(contrast)) + 0.5 + float(brightness)).clamp(0, 1)
    if damage is None:
        return image, None
    return image, torch.from_numpy(np.ascontiguousarray(_turned(damage, turns, flipped).transpose(2, 0, 1)))


def _turned(values: npt.NDArray[Any], turns: int, flipped: bool) -> npt.NDArray[Any]:
    values = np.rot90(values, turns)
    return values[:, ::-1] if flipped else values

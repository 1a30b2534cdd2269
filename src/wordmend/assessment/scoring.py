"""How near windows are to what is wanted of them, by dimension."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from wordmend.assessment.config import TextPair
from wordmend.assessment.grid import FloatArray, WindowGrid
from wordmend.comments.entry import Dimension
from wordmend.comments.language import QualityLanguage
from wordmend.errors import LanguageError
from wordmend.images.channels import ByteImage
from wordmend.quality.map_trunk import PLACED_DIMENSIONS
from wordmend.quality.model import QualityModel

_SMOOTHING = 4
"""px: noise is averaged away before contrast is measured."""
_DAMAGED_FROM = 0.1
"""Chance of damage that a place is undecided at, as a place seldom is damaged."""


@dataclass(frozen=True)
class WindowScores:
    """Of N windows, 1 as wanted, 0 the opposite, .5 undecided."""

    scores: FloatArray
    """`(N, dimensions)`."""
    places: Mapping[Dimension, FloatArray]
    """By dimension of damage, `(N, h, w)`: of places in the windows; empty where a model tells of none."""


class Scorer:
    """Scores windows by texts whose vectors are computed once.

    The quality model gives for each text the probability that it describes the window: the sigmoid of its
    logit. That the wanted text is true and that its opposite is false should be the same, so the two log odds
    are averaged, over all pairs of the dimension:

        score = sigmoid(mean over the pairs of (logit(wanted) - logit(opposite)) / 2)

    It is 1 where the window is as wanted, 0 where it is the opposite, .5 where the model can't tell. The
    model's bias cancels out, so a model that says yes to everything tells nothing. It is a probability as far
    as the model's own are; scores of different dimensions are not of the same severity.

    Args:
        model: is put into eval mode; stays on its device.
        texts: by dimension, all with their opposites.
    """

    def __init__(self, model: QualityModel, texts: Mapping[Dimension, Sequence[TextPair]]) -> None:
        self.model = model.eval()
        self.dimensions: tuple[Dimension, ...] = tuple(texts)
        self._directions = torch.stack(
            [self._direction(pairs) for pairs in texts.values()]
        )  # (dimensions, D)

    @torch.inference_mode()
    def _direction(self, pairs: Sequence[TextPair]) -> Tensor:
        """The vector whose product with a window's is the mean of (wanted - opposite) / 2, `(D,)`."""
        wanted = self.model.encode_texts([pair.wanted for pair in pairs])
        opposite = self.model.encode_texts([pair.opposite or "" for pair in pairs])
        return (wanted - opposite).mean(dim=0) / 2

    @torch.inference_mode()
    def __call__(self, windows: Sequence[ByteImage]) -> WindowScores:
        """Score windows `(side, side, 3) uint8`."""
        batch = torch.from_numpy(np.stack(windows)).to(self.model.bias.device)
        vectors, damage = self.model.encode_with_damage(batch.permute(0, 3, 1, 2).float() / 255)
        logits = self.model.log_scale.exp() * (vectors @ self._directions.T)
        scores: FloatArray = logits.sigmoid().float().cpu().numpy()
        if damage is None:
            return WindowScores(scores, {})
        intact = (math.log(_DAMAGED_FROM / (1 - _DAMAGED_FROM)) - damage).sigmoid().float().cpu().numpy()
        told = (each for each in enumerate(PLACED_DIMENSIONS) if each[1] in self.dimensions)
        return WindowScores(scores, {dimension: intact[:, number] for number, dimension in told})


def with_opposites(
    texts: Mapping[Dimension, Sequence[TextPair]], language: QualityLanguage | None
) -> dict[Dimension, tuple[TextPair, ...]]:
    """The texts, with opposites where none are given.

    Raises:
        LanguageError: a wanted text tells of a defect, or one without an opposite can't be turned round.
    """
    return {
        dimension: tuple(
            _checked(f"texts.{dimension}[{number}]", pair, language) for number, pair in enumerate(pairs)
        )
        for dimension, pairs in texts.items()
    }


def _checked(place: str, pair: TextPair, language: QualityLanguage | None) -> TextPair:
    if language is None:
        if pair.opposite is None:
            raise LanguageError(f"{place}: {pair.wanted!r} has no opposite; give one, or a quality language")
        return pair
    if language.read(pair.wanted).polarity == "defect":
        raise LanguageError(f"{place}: {pair.wanted!r} tells of a defect; say what is wanted instead")
    return TextPair(wanted=pair.wanted, opposite=pair.opposite or language.opposite(pair.wanted))


def contrasts(image: ByteImage, grid: WindowGrid) -> FloatArray:
    """How much there is in each window of a picture `(H, W, 3)` that could be sharp or blurred.

    The standard deviation of the brightness, without noise and gradients: what is smaller than 4 px, or
    larger than half a window, is averaged away.

    Returns:
        `(rows, columns)` in [0, .5].
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    side = grid.side
    band = cv2.blur(gray, (_SMOOTHING, _SMOOTHING)) - cv2.blur(gray, (side // 2, side // 2))
    found = [band[y : y + side, x : x + side].std() for x, y in grid.corners]
    return np.array(found, np.float32).reshape(grid.shape)

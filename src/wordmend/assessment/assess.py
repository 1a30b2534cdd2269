"""What a quality model finds in pictures: scores by dimension, and where."""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from scipy.special import expit, logit

from wordmend.assessment.config import AssessConfig
from wordmend.assessment.grid import FloatArray, WindowGrid, window_grid
from wordmend.assessment.scoring import Scorer, contrasts, with_opposites
from wordmend.comments.entry import Dimension
from wordmend.comments.language import QualityLanguage
from wordmend.errors import ImageError
from wordmend.images.channels import ByteImage, FloatImage, to_bytes, to_channels
from wordmend.quality.model import QualityModel
from wordmend.quality.windows import cut_window

_WINDOWS_A_WORST = 50
_PLACES_SHARE = 2 / 3
_SUREST = 1e-4
"""Scores are taken to be no nearer to 0 and 1."""


@dataclass(frozen=True)
class Assessment:
    """Scores of a picture's windows, by dimension: 1 as wanted, 0 the opposite, .5 undecided (`Scorer`)."""

    grid: WindowGrid
    """Where the windows are."""
    windows: Mapping[Dimension, FloatArray]
    """Scores `(rows, columns)` in [0, 1]; NaN where a window tells nothing."""
    places: Mapping[Dimension, FloatArray] = field(default_factory=dict)
    """Scores of places in the windows, `(rows, columns, h, w)`, for damage of which the model tells them."""

    @property
    def scores(self) -> dict[Dimension, float]:
        """The mean over the windows that tell something; NaN where none does."""
        return {name: _over_finite(np.mean, values) for name, values in self.windows.items()}

    @property
    def worst(self) -> dict[Dimension, float]:
        """The score where it is worst, for what is wrong somewhere; NaN where no window tells anything.

        The mean of the worst fiftieth of the windows, of up to fifty the worst one: the worst of a thousand
        would be bad in every picture.
        """
        return {name: _over_finite(_mean_of_worst, values) for name, values in self.windows.items()}

    @property
    def overall(self) -> float:
        """The mean of `scores`, without those that are NaN."""
        return _over_finite(np.mean, np.array(list(self.scores.values())))

    @property
    def worst_dimension(self) -> Dimension | None:
        """Whose score is the lowest; None where nothing tells anything."""
        told = {name: score for name, score in self.scores.items() if math.isfinite(score)}
        return min(told, key=lambda name: told[name], default=None)

    def heat_map(self, dimension: Dimension) -> FloatArray:
        """The scores blended over the picture, `(h, w)` in [0, 1]: see `WindowGrid.blended`."""
        return self.grid.blended(self.windows[dimension])

    def finest_map(self, dimension: Dimension) -> FloatArray:
        """The same by places of a few pixels, `(h, w)` in [0, 1], where the model tells of places.

        The log odds of a place (`WindowGrid.assembled`) count twice those of the windows about it, which hear
        the words. Between windows with gaps, and for all else, it is the heat map.
        """
        heat_map = self.heat_map(dimension)
        if dimension not in self.places:
            return heat_map
        places = self.grid.assembled(self.places[dimension])
        about = cv2.resize(heat_map, places.shape[::-1], interpolation=cv2.INTER_LINEAR)
        both = expit(_PLACES_SHARE * _log_odds(places) + (1 - _PLACES_SHARE) * _log_odds(about))
        return np.where(np.isfinite(places), both, about)


def assess_image(
    model: QualityModel,
    image: FloatImage,
    config: AssessConfig | None = None,
    language: QualityLanguage | None = None,
) -> Assessment:
    """Tell the quality of one picture.

    Args:
        model: from `load_quality_model`, on the device that it is to work on.
        image: `(H, W, 3 or 1)` in [0, 1], at its own resolution: scaling down hides blur and noise.
        config: how; its `input`, `output` and `device` are not looked at.
        language: turns wanted texts round that have no opposite; the default ones have.

    Raises:
        ImageError: `image` is no such picture.
        LanguageError: a text has no opposite and can't be turned round.
    """
    return next(assess_images(model, [image], config, language))


def assess_images(
    model: QualityModel,
    images: Iterable[FloatImage],
    config: AssessConfig | None = None,
    language: QualityLanguage | None = None,
) -> Iterator[Assessment]:
    """Tell the quality of pictures of any sizes, in their order.

    A picture is judged on windows of the model's `image_size`. Batches are filled with windows of several
    pictures, which are taken as they are needed: no more are in memory than a batch has windows of.

    Args and errors: as for `assess_image`.
    """
    config = config or AssessConfig()
    scorer = Scorer(model, with_opposites(config.texts, language))
    waiting: deque[_Picture] = deque()
    batch: list[tuple[_Picture, ByteImage]] = []
    for image in images:
        picture = _Picture(image, model.image_size, config)
        waiting.append(picture)
        for window in picture.cut():
            batch.append((picture, window))
            if len(batch) == config.batch_size:
                _score(scorer, batch)
                while waiting and waiting[0].complete:
                    yield waiting.popleft().assessment(scorer, config)
    if batch:
        _score(scorer, batch)
    for picture in waiting:
        yield picture.assessment(scorer, config)


class _Picture:
    """A picture whose windows are being scored."""

    def __init__(self, image: FloatImage, side: int, config: AssessConfig) -> None:
        if image.ndim != 3 or image.shape[2] not in (1, 3) or image.size == 0:
            raise ImageError(f"a picture to assess has shape (H, W, 1 or 3), not {image.shape}")
        self.pixels = to_bytes(to_channels(image, 3))
        self.grid = window_grid(image.shape[0], image.shape[1], side, config.overlap, config.max_windows)
        self.scores: list[FloatArray] = []
        self.places: dict[Dimension, list[FloatArray]] = defaultdict(list)

    def cut(self) -> Iterator[ByteImage]:
        """The windows, `(side, side, 3) uint8`."""
        return (cut_window(self.pixels, x, y, self.grid.side) for x, y in self.grid.corners)

    @property
    def complete(self) -> bool:
        """Whether all windows are scored."""
        return len(self.scores) == len(self.grid.corners)

    def assessment(self, scorer: Scorer, config: AssessConfig) -> Assessment:
        """What the scores come to."""
        found = np.stack(self.scores).reshape(*self.grid.shape, -1)
        windows = {name: found[..., place] for place, name in enumerate(scorer.dimensions)}
        if "sharpness" in windows:
            telling = contrasts(self.pixels, self.grid) >= config.least_contrast
            windows["sharpness"] = np.where(telling, windows["sharpness"], np.float32(np.nan))
        places = {
            name: np.stack(maps).reshape(*self.grid.shape, *maps[0].shape)
            for name, maps in self.places.items()
        }
        return Assessment(self.grid, windows, places)


def _score(scorer: Scorer, batch: list[tuple[_Picture, ByteImage]]) -> None:
    """Give each picture the scores of its windows, and empty the batch."""
    found = scorer([window for _, window in batch])
    for number, (picture, _) in enumerate(batch):
        picture.scores.append(found.scores[number])
        for dimension, maps in found.places.items():
            picture.places[dimension].append(maps[number])
    batch.clear()


def _mean_of_worst(values: FloatArray) -> float:
    count = math.ceil(len(values) / _WINDOWS_A_WORST)
    return float(np.sort(values)[:count].mean())


def _over_finite(reduce: Callable[[FloatArray], Any], values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(reduce(finite)) if finite.size else math.nan


def _log_odds(scores: FloatArray) -> FloatArray:
    return np.asarray(logit(np.clip(scores, _SUREST, 1 - _SUREST)), dtype=np.float32)

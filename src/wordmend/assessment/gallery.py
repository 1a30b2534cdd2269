"""The pictures that the page shows: the worst, with thumbnails and heat maps."""

import math
from dataclasses import dataclass

from wordmend.assessment.assess import Assessment
from wordmend.assessment.overlay import overlay_url
from wordmend.images.channels import FloatImage
from wordmend.pages.formatting import NOTHING
from wordmend.pages.pictures import data_url


@dataclass(frozen=True)
class Card:
    """A picture on the page."""

    name: str
    thumbnail: str
    """As a URL."""
    overlays: dict[str, str]
    """Heat maps by dimension, as URLs."""
    scores: dict[str, float | None]
    """By dimension, and `overall`; None where nothing is told."""
    worst: dict[str, float | None]
    """Where it is worst, by dimension, and the lowest of them as `overall`."""
    worst_dimension: str | None
    words: str

    @property
    def badness(self) -> float:
        """For sorting: the overall score, pictures that nothing is told of last."""
        overall = self.scores["overall"]
        return math.inf if overall is None else overall


class Gallery:
    """Keeps the cards of the worst pictures, so that memory doesn't grow with the number of pictures.

    Args:
        most: cards that are kept.
        side: longer side of thumbnails, px.
    """

    def __init__(self, most: int, side: int) -> None:
        self.most = most
        self.side = side
        self._cards: list[Card] = []

    def add(self, name: str, image: FloatImage, assessment: Assessment, words: str) -> None:
        """Make the card of a picture `(H, W, 3)`, if it may be among the worst."""
        if self.most == 0:
            return
        scores: dict[str, float | None] = {each: _known(v) for each, v in assessment.scores.items()}
        worst: dict[str, float | None] = {each: _known(v) for each, v in assessment.worst.items()}
        lowest = min((value for value in worst.values() if value is not None), default=None)
        self._cards.append(
            Card(
                name=name,
                thumbnail=data_url(image, self.side),
                overlays={
                    each: overlay_url(assessment.finest_map(each), self.side) for each in assessment.windows
                },
                scores=scores | {"overall": _known(assessment.overall)},
                worst=worst | {"overall": lowest},
                worst_dimension=assessment.worst_dimension,
                words=words,
            )
        )
        if len(self._cards) >= 2 * self.most:
            self._cards = self.cards

    @property
    def cards(self) -> list[Card]:
        """The worst ones, the worst first."""
        return sorted(self._cards, key=lambda card: (card.badness, card.name))[: self.most]


def shown_score(value: float | None) -> str:
    """A score with two digits."""
    return NOTHING if value is None else f"{value:.2f}"


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value

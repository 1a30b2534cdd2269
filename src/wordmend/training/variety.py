"""How pairs are varied before they are trained on, so that few pairs teach as much as many."""

from dataclasses import dataclass

import numpy as np

from wordmend.training.pair_pixels import PairPixels
from wordmend.training.transplants import NO_TRANSPLANTS, Transplants


@dataclass(frozen=True)
class Variety:
    """What is done to the pairs, and to how many of them; shares are in [0, 1]."""

    augment: bool = True
    """Flip and turn them by quarters."""
    pieces: float = 0.0
    """Share of them that come with pieces of others in them."""
    transplants: Transplants = NO_TRANSPLANTS
    """Whose defects come on others; by default nobody's."""
    clean: float = 0.0
    """Share of them whose input is their original: good pictures, which are to stay as they are."""


def as_clean(pair: PairPixels) -> PairPixels:
    """A pair whose input is its own original, and is undamaged.

    As one with pieces of others in it, it is no picture that people are asked about.
    """
    nothing = np.zeros(pair.gt.shape[:2], np.uint8)
    return PairPixels(pair.gt, pair.gt, nothing, nothing)

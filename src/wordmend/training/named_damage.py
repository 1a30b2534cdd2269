"""Damage that words named, on other pairs, so that what people find fault with is met more often.

Few pairs are scratched or torn, and fewer so that somebody says it. To come back to those alone would show
the same damage on the same pictures again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wordmend.comments.entry import Dimension
from wordmend.comments.words import TargetText
from wordmend.training.pair_pixels import DAMAGE, PairPixels


@dataclass(frozen=True)
class NamedDamage:
    """Whose damage comes on other pairs."""

    share: float
    """Of so many of the pairs, in [0, 1]."""
    dimensions: Mapping[str, Sequence[Dimension]]
    """By the id of the pair whose damage it is: of these dimensions."""


def named_damage(words: Mapping[str, Sequence[TargetText]], share: float) -> NamedDamage:
    """The damage that words named and that damage maps tell of: scratches and missing parts.

    Args:
        words: target texts by pair id; those of the preset name nothing.
        share: of the pairs that it comes on.
    """
    named = {
        pair_id: tuple(sorted({t.dimension for t in texts if t.source != "preset"} & DAMAGE.keys()))
        for pair_id, texts in words.items()
    }
    return NamedDamage(share, {pair_id: dimensions for pair_id, dimensions in named.items() if dimensions})


def with_damage(
    pair: PairPixels, other: PairPixels, dimensions: Sequence[Dimension], turns: int
) -> PairPixels:
    """A pair with another's damage on its `lq`, of some dimensions and pixel by pixel as it is there.

    So it is seen on pictures that it has not been on, and a restorer learns the damage instead of the picture
    (copy-paste, 2012.07177).

    Args:
        pair: of known damage; others are given back as they are.
        other: whose damage it is; of the same size, once it is turned.
        dimensions: of the damage.
        turns: quarters by which it is turned to the left.
    """
    if pair.damage is None or other.damage is None:
        return pair
    lq, damage = (np.rot90(image, turns) for image in (other.lq, other.damage))
    if lq.shape != pair.lq.shape:
        return pair
    mask = np.isin(damage, [DAMAGE[dimension] for dimension in dimensions])
    if not mask.any():
        return pair
    return PairPixels(
        np.where(mask[..., np.newaxis], lq, pair.lq),
        pair.gt,
        np.where(mask, damage, pair.damage),
        mask.astype(np.uint8) if pair.pasted is None else np.maximum(pair.pasted, mask),
        tuple(dimensions),
    )

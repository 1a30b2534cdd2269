"""How stage 2 comes back to what words found fault with: to pairs, and to damage on other pairs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wordmend.comments.entry import Dimension
from wordmend.comments.words import TargetText
from wordmend.training.pair_pixels import DAMAGE, PairPixels


@dataclass(frozen=True)
class Replay:
    """How often each pair comes in a pass over the data, and what damage comes again, up to a step."""

    until: int
    """The last step; after it, each pair comes once, as it is."""
    repeats: Sequence[float] | None = None
    """By the pair's place among those trained on; None: each once."""
    damage: Mapping[str, Sequence[Dimension]] = field(default_factory=dict)
    """Of which pairs the damage comes again on others, and of which dimensions."""
    damage_share: float = 0.0
    """Of so many of the pairs."""


def repeat_factors(
    pair_ids: Iterable[str], words: Mapping[str, Sequence[TargetText]], limit: float
) -> list[float]:
    """How often each pair comes in a pass over the data, 1 or more, at most `limit`.

    A dimension that was named of a share f of the pairs has the factor 1 / sqrt(f); a pair has the largest of
    the dimensions that were named of it, and 1 where nothing was. Repeat-factor sampling (Gupta et al.,
    1908.03195, with t = 1), by what people find fault with instead of by what is on the picture.

    Args:
        pair_ids: of the pairs trained on.
        words: target texts by pair id; those of the preset name nothing.
        limit: the largest factor, so that a handful of pairs isn't learned by heart.
    """
    named = [
        {text.dimension for text in words.get(pair_id, ()) if text.source != "preset"} for pair_id in pair_ids
    ]
    times = Counter(dimension for dimensions in named for dimension in dimensions)
    factors = {dimension: min(limit, (len(named) / count) ** 0.5) for dimension, count in times.items()}
    return [max((factors[dimension] for dimension in dimensions), default=1.0) for dimensions in named]


def named_damage(words: Mapping[str, Sequence[TargetText]]) -> dict[str, tuple[Dimension, ...]]:
    """The dimensions of each pair that words named and that a damage map tells of: scratches, missing parts.

    Args:
        words: target texts by pair id; those of the preset name nothing.
    """
    named = {
        pair_id: tuple(sorted({t.dimension for t in texts if t.source != "preset"} & DAMAGE.keys()))
        for pair_id, texts in words.items()
    }
    return {pair_id: dimensions for pair_id, dimensions in named.items() if dimensions}


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

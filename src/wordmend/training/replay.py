"""How often stage 2 comes back to a pair: the rarer what was named of it, the more often."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wordmend.comments.words import TargetText


@dataclass(frozen=True)
class Replay:
    """How often each pair comes in a pass over the data, up to a step."""

    repeats: Sequence[float]
    """By the pair's place among those trained on."""
    until: int
    """The last step; after it, each pair comes once."""


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

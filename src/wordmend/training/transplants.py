"""Defects that words named, on other pairs, so that what people find fault with is met more often.

Few pairs are scratched, torn or badly noisy, and fewer so that somebody says it. To come back to those alone
would show the same defects on the same pictures again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wordmend.comments.entry import Dimension
from wordmend.comments.words import TargetText
from wordmend.degradations.drawing import draw_seed
from wordmend.degradations.noise import NOISES
from wordmend.degradations.operation import ImageOperation
from wordmend.images.channels import to_bytes, to_float
from wordmend.pairs.replay import PairRecipe
from wordmend.training.pair_pixels import DAMAGE, PairPixels


@dataclass(frozen=True)
class Transplants:
    """Whose defects come on other pairs, and on how many of these; shares are in [0, 1]."""

    damage_share: float = 0.0
    """Damage comes on so many of the pairs; of a dimension the more often, the more pairs have it."""
    noise_share: float = 0.0
    """Noise comes on so many of the pairs."""
    pair_ids: Mapping[Dimension, Sequence[str]] = field(default_factory=dict)
    """By dimension, the pairs whose defect it is."""

    @property
    def is_empty(self) -> bool:
        """Whether every pair stays without."""
        return not (self.damage_share or self.noise_share)


NO_TRANSPLANTS = Transplants()
"""Nobody's defects, on no pair."""


def transplants_of(
    words: Mapping[str, Sequence[TargetText]], damage_share: float, noise_share: float
) -> Transplants:
    """What words named: the damage that damage maps tell of, scratches and missing parts, and noise.

    Args:
        words: target texts by pair id; those of the preset name nothing.
        damage_share: of the pairs that damage comes on.
        noise_share: of the pairs that noise comes on.
    """
    shares: dict[Dimension, float] = {**dict.fromkeys(DAMAGE, damage_share), "noise": noise_share}
    named = {
        dimension: [
            pair_id
            for pair_id, texts in words.items()
            if any(text.dimension == dimension and text.source != "preset" for text in texts)
        ]
        for dimension, share in shares.items()
        if share  # nobody looks up what comes on nothing
    }
    return Transplants(damage_share, noise_share, named)


def with_damage(pair: PairPixels, other: PairPixels, dimension: Dimension, turns: int) -> PairPixels:
    """A pair with another's damage on its `lq`, of one dimension and pixel by pixel as it is there.

    So it is seen on pictures that it has not been on, and a restorer learns the damage instead of the picture
    (copy-paste, 2012.07177).

    Args:
        pair: of known damage; others are given back as they are.
        other: whose damage it is; of the same size, once it is turned.
        dimension: of the damage.
        turns: quarters by which it is turned to the left.
    """
    if pair.damage is None or other.damage is None:
        return pair
    lq, damage = (np.rot90(image, turns) for image in (other.lq, other.damage))
    if lq.shape != pair.lq.shape:
        return pair
    mask = damage == DAMAGE[dimension]
    if not mask.any():
        return pair
    return PairPixels(
        np.where(mask[..., np.newaxis], lq, pair.lq),
        pair.gt,
        np.where(mask, damage, pair.damage),
        mask.astype(np.uint8) if pair.pasted is None else np.maximum(pair.pasted, mask),
        (*pair.named, dimension),
    )


def noise_of(recipe: str) -> tuple[ImageOperation, ...]:
    """The noise in a pair's recipe and what was done to the picture after it, such as its compression.

    Empty where there is none. What damaged the print is left out.
    """
    operations = PairRecipe.from_json(recipe).recipe().operations
    first = next((place for place, step in enumerate(operations) if isinstance(step, NOISES)), None)
    if first is None:
        return ()
    return tuple(step for step in operations[first:] if isinstance(step, ImageOperation))


def with_noise(pair: PairPixels, noise: Sequence[ImageOperation], rng: np.random.Generator) -> PairPixels:
    """A pair with another's noise on its `lq`: as strong and of the same kind, and drawn anew.

    Args:
        pair: of known damage, which stays as it is; others are given back as they are.
        noise: as `noise_of` gives it.
        rng: where the noise comes from.
    """
    if pair.damage is None:
        return pair
    image = to_float(pair.lq)
    for step in noise:
        drawn = step.model_copy(update={"seed": draw_seed(rng)}) if isinstance(step, NOISES) else step
        image = np.clip(drawn.apply(image), 0.0, 1.0)
    lq = np.where(pair.damage[..., np.newaxis] > 0, pair.lq, to_bytes(image))
    return PairPixels(lq, pair.gt, pair.damage, np.ones_like(pair.damage), (*pair.named, "noise"))

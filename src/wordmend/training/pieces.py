"""Pieces of other pairs in a pair, the degraded in `lq` and the good in `gt`: things that are to stay.

A restorer that is taught to see damage takes a bow, a blossom or a piece of sky between trees for bare paper.
In few photographs are there enough of their like: pale, shaded, sharply outlined, before something darker.
Pasted pieces are a known way to more various pictures (copy-paste, 2012.07177).
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from wordmend.training.outlines import draw_outline
from wordmend.training.pair_pixels import PairPixels

_PIECES = (1, 3)
_BAND_WIDTH = (4.0, 14.0)  # px; thinner ones are like scratches
_PALE_SHARE = 0.75
_SHADE = (0.1, 0.6)  # how much darker than its light a pale piece is where it was black
_LIGHT = (0.8, 1.0)
_WARMTH = (0.0, 0.4)  # how much blue it lacks; of green a third of it
_SOFTNESS = (0.3, 1.2)  # px; standard deviation of the blur of an outline


def with_pieces(
    pair: PairPixels, draw_other: Callable[[np.random.Generator], PairPixels], rng: np.random.Generator
) -> PairPixels:
    """A pair with undamaged pieces of others in it, most of them paler than they were.

    Args:
        pair: square, of known damage; others are given back as they are.
        draw_other: gives another pair of the same size.
        rng: where pieces and places come from.
    """
    side, pasted = pair.lq.shape[0], np.zeros(pair.lq.shape[:2], np.uint8)
    if pair.damage is None or pair.lq.shape[1] != side:
        return pair
    for _ in range(int(rng.integers(_PIECES[0], _PIECES[1], endpoint=True))):
        other = draw_other(rng)
        if other.damage is None:
            continue
        turns = int(rng.integers(4))
        outline = draw_outline(rng, side, _BAND_WIDTH)
        outline[np.rot90(other.damage, turns) > 0] = 0.0
        outline = cv2.GaussianBlur(outline, (0, 0), rng.uniform(*_SOFTNESS))[..., np.newaxis]  # (H, W, 1)
        light, shade = _look(rng, pair.lq.shape[2])
        lq, gt = (
            np.rint(
                under + outline * (light * (1 - shade) + light * shade / 255 * np.rot90(over, turns) - under)
            )
            for under, over in ((pair.lq, other.lq), (pair.gt, other.gt))
        )
        damage = np.where(outline[..., 0] > 0.5, np.uint8(0), pair.damage)
        pasted = np.maximum(pasted, outline[..., 0] > 0)
        pair = PairPixels(lq.astype(np.uint8), gt.astype(np.uint8), damage, pasted)
    return pair


def _look(rng: np.random.Generator, channels: int) -> tuple[npt.NDArray[np.float32], np.float32]:
    """What white becomes, `(C,)` in [0, 255], and how much darker than that black is, in [0, 1]."""
    light, shade = np.full(channels, 255.0, np.float32), np.float32(1)
    if rng.random() < _PALE_SHARE:
        warmth = rng.uniform(*_WARMTH) if channels == 3 else 0.0
        light *= np.array([1, 1 - warmth / 3, 1 - warmth], np.float32)[:channels]
        light *= np.float32(rng.uniform(*_LIGHT))
        shade = np.float32(rng.uniform(*_SHADE))
    return light, shade

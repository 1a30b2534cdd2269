"""Drawing the numbers of a recipe: rounded, so that recipes stay short and read back as they were."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

DECIMALS = 4


def draw(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    """A number evenly from [smallest, largest]."""
    return round(float(rng.uniform(*limits)), DECIMALS)


def draw_integer(rng: np.random.Generator, limits: tuple[int, int]) -> int:
    """A whole number evenly from smallest to largest, both included."""
    return int(rng.integers(limits[0], limits[1], endpoint=True))


def draw_angle(rng: np.random.Generator) -> float:
    """A direction without a sense, degrees in [0, 180)."""
    return round(float(rng.uniform(0.0, 179.9)), 1)


def draw_seed(rng: np.random.Generator) -> int:
    """A seed for what an operation draws per pixel."""
    return int(rng.integers(2**32))


def chance(rng: np.random.Generator, probability: float) -> bool:
    """True in `probability` of all cases."""
    return bool(rng.random() < probability)


def choose(rng: np.random.Generator, shares: dict[str, float]) -> str:
    """One of the names, as often as its share of the sum says."""
    # What `rng.choice` draws, in a tenth of its time.
    cumulative = list(accumulate(shares.values()))
    return list(shares)[bisect_right(cumulative, rng.random() * cumulative[-1])]


def some_of(rng: np.random.Generator, probabilities: dict[str, float]) -> list[str]:
    """Each name with its own probability, in the given order; if none comes, one by its share of the sum."""
    names = [name for name, probability in probabilities.items() if chance(rng, probability)]
    return names or [choose(rng, probabilities)]


def one_of(rng: np.random.Generator, values: Sequence[str]) -> str:
    """One of the values, all equally often."""
    return values[int(rng.integers(len(values)))]

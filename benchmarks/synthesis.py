"""Making pairs: each operation, mixes, a second process, and how time and memory grow with the pairs."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.timing import compare, once, peak_mib, seconds
from wordmend.degradations.config import DegradationConfig
from wordmend.degradations.operation import Image
from wordmend.degradations.recipe import OPERATIONS, Recipe, apply_recipe, sample_recipe
from wordmend.images.photos import find_photos
from wordmend.images.reading import read_image
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.library import write_pairs
from wordmend.pairs.synthesis import synthesize_pairs

SIDES = (96, 256)  # px
PICTURES = 50
ONE_BLUR = "one Gaussian blur of each picture"

_NONE = {name: {"probability": 0.0} for name in DegradationConfig.model_fields}
_ALL = {name: {"probability": 1.0} for name in DegradationConfig.model_fields}


def _mix(**degradations: dict[str, Any]) -> DegradationConfig:
    """These degradations and no others."""
    return DegradationConfig.model_validate(_NONE | degradations)


def _one_order(sigma: float, noise: float, peak: float) -> DegradationConfig:
    return _mix(
        blur={"probability": 1, "motion_share": 0, "defocus_share": 0, "sigma": (0.2, sigma)},
        noise={
            **{"probability": 1, "film_grain_share": 0, "gray_probability": 0.4},
            **{"gaussian_sigma": (1 / 255, noise / 255), "poisson_peak": (peak, 10_000)},
        },
        jpeg={"probability": 1, "quality": (30, 95)},
    )


DEFAULT = (DegradationConfig(),)
# BasicSR's second-order pipeline (Real-ESRGAN's ranges) without its resizing: blur, noise and JPEG, twice.
SECOND_ORDER = (_one_order(sigma=3.0, noise=30, peak=28), _one_order(sigma=1.5, noise=25, peak=40))
# Bringing-Old-Photos-Back-to-Life, what it does while it trains: each of four with probability 0.7.
LIGHT = (
    _mix(
        blur={
            **{"probability": 0.7, "motion_share": 0, "defocus_share": 0},
            **{"sigma": (0.4, 1.2), "anisotropy": (1, 1)},  # kernels of 3, 5 and 7 px
        },
        noise={
            **{"probability": 0.7, "film_grain_share": 0, "poisson_share": 0, "gray_probability": 0},
            **{"gaussian_sigma": (5 / 255, 50 / 255)},
        },
        low_resolution={
            **{"probability": 0.7, "factor": (1, 2)},
            **{"downscaling": ("cubic",), "upscaling": ("nearest", "linear")},
        },
        jpeg={"probability": 0.7, "quality": (40, 100), "subsampling_probability": 1},
    ),
)


def mix(orders: tuple[DegradationConfig, ...], side: int, rounds: int) -> dict[str, Any]:
    """Recipes drawn and applied on one thread, one after the other of `orders` on each picture."""
    pictures = _pictures(side)

    def degrade() -> None:
        rng = np.random.default_rng(0)
        for picture in pictures:
            steps = [step for order in orders for step in sample_recipe(rng, side, side, order).operations]
            apply_recipe(picture, Recipe(tuple(steps)))

    return _against_blur(degrade, pictures, rounds)


def operations(side: int, rounds: int) -> dict[str, dict[str, Any]]:
    """Operation -> applying it alone on one thread, with the default numbers."""
    pictures = _pictures(side)
    rng = np.random.default_rng(0)
    config = DegradationConfig.model_validate(_ALL)
    drawn: dict[str, list[Recipe]] = {name: [] for name in OPERATIONS}
    while any(len(recipes) < PICTURES for recipes in drawn.values()):
        for step in sample_recipe(rng, side, side, config).operations:
            drawn[step.operation].append(Recipe((step,)))

    def applied(recipes: list[Recipe]) -> Callable[[], None]:
        def apply() -> None:
            for picture, recipe in zip(pictures, recipes, strict=False):
                apply_recipe(picture, recipe)

        return apply

    return {name: _against_blur(applied(recipes), pictures, rounds) for name, recipes in drawn.items()}


def two_workers(folder: Path) -> dict[str, Any]:
    """A library of 600 pairs of 256 px made by two processes, start included, against one."""
    pairs = 600
    one, two = (
        seconds(partial(_write_library, folder / f"workers-{workers}", pairs, size=256, workers=workers))
        for workers in (1, 2)
    )
    return once(two, one, "one process") | {"pairs_per_second": pairs / two}


def growth(folder: Path, pairs: int = 100) -> dict[str, Any]:
    """A library of 1, 4 and 16 times so many pairs, each written by a process of its own.

    Returns:
        Seconds a pair of the largest against the smallest; of all of them the most memory that the process
        had at once (MiB; Linux tells it).
    """
    time: dict[str, float] = {}
    memory: dict[str, float] = {}
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as executor:
        for times in (1, 4, 16):
            taken, peak = executor.submit(_written, folder / f"x{times}", times * pairs).result()
            time[f"{times}x"], memory[f"{times}x"] = taken / (times * pairs), peak
    return {
        **once(time["16x"], time["1x"], f"a pair of a library of {pairs}"),
        **{"seconds_per_pair": time, "peak_mib": memory, "peak_ratio": memory["16x"] / memory["1x"]},
        "pairs_per_second": 1 / time["16x"],
    }


def _pictures(side: int) -> list[Image]:
    """Crops of the sample photographs. OpenCV is held to one thread from here on."""
    cv2.setNumThreads(1)
    photos = [read_image(photo.path) for photo in find_photos(None, side).photos]
    rng = np.random.default_rng(0)
    pictures = []
    for number in range(PICTURES):
        photo = photos[number % len(photos)]
        y, x = (int(rng.integers(length - side + 1)) for length in photo.shape[:2])
        pictures.append(np.ascontiguousarray(photo[y : y + side, x : x + side]))
    return pictures


def _against_blur(work: Callable[[], None], pictures: list[Image], rounds: int) -> dict[str, Any]:
    def blur() -> None:
        for picture in pictures:
            cv2.GaussianBlur(picture, (0, 0), 1.5)

    found = compare(work, blur, rounds, ONE_BLUR)
    return found | {"pairs_per_second": len(pictures) / found["seconds"]}


def _write_library(folder: Path, pairs: int, size: int, workers: int) -> None:
    config = PairSynthesisConfig(pairs=pairs, size=size, workers=workers)
    write_pairs(folder / "pairs.parquet", synthesize_pairs(find_photos(None, size).photos, config, seed=0))


def _written(folder: Path, pairs: int) -> tuple[float, float]:
    """Seconds of writing a library, and the most memory that this process had so far (MiB)."""
    taken = seconds(lambda: _write_library(folder, pairs, size=96, workers=1))
    return taken, peak_mib()

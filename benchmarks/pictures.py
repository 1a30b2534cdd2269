"""Making pairs, and mending large pictures."""

from typing import Any

import cv2
import numpy as np
import torch

from benchmarks.timing import compare
from wordmend.degradations.config import DegradationConfig
from wordmend.degradations.recipe import apply_recipe, sample_recipe
from wordmend.restoration.tiling import restore_image
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer


def degradation(side: int, rounds: int) -> dict[str, Any]:
    """The default mix on one thread, against blurring each picture once with OpenCV."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    picture = rng.random((side, side, 3), dtype=np.float32)
    recipes = [sample_recipe(rng, side, side, DegradationConfig()) for _ in range(100)]

    def mix() -> None:
        for recipe in recipes:
            apply_recipe(picture, recipe)

    def blur() -> None:
        for _ in recipes:
            cv2.GaussianBlur(picture, (0, 0), 1.5)

    found = compare(mix, blur, rounds, "one Gaussian blur of each picture")
    return found | {"pictures_per_second": len(recipes) / found["seconds"]}


def restoring(rounds: int) -> dict[str, Any]:
    """A picture of one megapixel in tiles, against the network on as many pixels at once."""
    network = build_restorer(RestorerConfig()).eval()
    picture = np.random.default_rng(0).random((1024, 1024, 3), dtype=np.float32)
    tensor = torch.rand(1, 3, 1024, 1024)

    def bare() -> None:
        with torch.inference_mode():
            network(tensor)

    return compare(lambda: restore_image(network, picture), bare, rounds, "the network alone, in one piece")

"""Mending large pictures."""

from typing import Any

import numpy as np
import torch

from benchmarks.timing import compare
from wordmend.restoration.tiling import restore_image
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer


def restoring(rounds: int) -> dict[str, Any]:
    """A picture of one megapixel in tiles, against the network on as many pixels at once."""
    network = build_restorer(RestorerConfig()).eval()
    picture = np.random.default_rng(0).random((1024, 1024, 3), dtype=np.float32)
    tensor = torch.rand(1, 3, 1024, 1024)

    def bare() -> None:
        with torch.inference_mode():
            network(tensor)

    return compare(lambda: restore_image(network, picture), bare, rounds, "the network alone, in one piece")

"""Mending and assessing large pictures."""

from typing import Any

import numpy as np
import torch

from benchmarks.timing import compare
from wordmend.assessment.assess import assess_images
from wordmend.assessment.config import AssessConfig
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
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


def assessing(rounds: int) -> dict[str, Any]:
    """Four pictures of a quarter of a megapixel, against the image encoder on as many windows."""
    model = build_quality_model(QualityModelConfig()).eval()
    pictures = list(np.random.default_rng(0).random((4, 512, 512, 3), dtype=np.float32))
    config = AssessConfig()
    windows = sum(len(found.grid.corners) for found in assess_images(model, pictures, config))
    batch = torch.rand(config.batch_size, 3, model.image_size, model.image_size)

    def bare() -> None:
        with torch.inference_mode():
            for start in range(0, windows, config.batch_size):
                model.encode_images(batch[: windows - start])

    found = compare(
        lambda: list(assess_images(model, pictures, config)),
        bare,
        rounds,
        "the image encoder on as many windows",
    )
    return {**found, "windows_per_second": windows / found["seconds"]}

"""Mending and assessing large pictures."""

from copy import deepcopy
from typing import Any

import numpy as np
import torch

from benchmarks.timing import compare
from wordmend.assessment.assess import assess_images
from wordmend.assessment.config import AssessConfig
from wordmend.assessment.where_fault import Beside, in_use
from wordmend.devices import torch_device
from wordmend.images.picture import Picture
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer


def restoring(rounds: int) -> dict[str, Any]:
    """A picture of six megapixels, against the network alone on as many pixels, in small pieces."""
    network = build_restorer(RestorerConfig())
    restorer = PictureRestorer(Restorer(network, RestorerConfig()))  # puts grain around the network
    pixels = np.random.default_rng(0).integers(0, 256, (2048, 3072, 3), dtype=np.uint8)
    piece = torch.rand(1, 3, 512, 512).to(restorer.device, memory_format=torch.channels_last)

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(pixels[..., 0].size // 512**2):
                network(piece).cpu()

    return compare(
        lambda: restorer.restore(Picture(pixels)), bare, rounds, "the network alone, 24 pieces of 512 px"
    )


def restoring_where_fault(rounds: int) -> dict[str, Any]:
    """A picture of a megapixel as a stage 2 mends it by default, against its weights alone on the same."""
    stage2, beside, picture = _stage2()
    used, alone = PictureRestorer(in_use(stage2, beside)), PictureRestorer(deepcopy(stage2))
    return compare(
        lambda: used.restore(picture), lambda: alone.restore(picture), rounds, "the weights of stage 2 alone"
    )


def restoring_by_three_networks(rounds: int) -> dict[str, Any]:
    """The same, against its three networks alone on as many pixels, in small pieces."""
    stage2, beside, picture = _stage2()
    used = PictureRestorer(in_use(stage2, beside))
    model, restorers = beside.quality_model, (beside.control.network, stage2.network)
    piece = torch.rand(1, 3, 512, 512).to(used.device, memory_format=torch.channels_last)
    windows = torch.rand(2 * (512 // 64) ** 2, 3, model.image_size, model.image_size, device=used.device)

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(picture.pixels[..., 0].size // 512**2):
                for network in restorers:
                    network(piece).cpu()
                for batch in torch.split(windows, AssessConfig().batch_size):
                    model.encode_images(batch).cpu()

    baseline = "control, stage 2 and image encoder alone, 4 pieces of 512 px"
    return compare(lambda: used.restore(picture), bare, rounds, baseline)


def _stage2() -> tuple[Restorer, Beside, Picture]:
    """Default networks, and a picture of a megapixel."""
    config = RestorerConfig()
    stage2, control = (Restorer(build_restorer(config, seed), config) for seed in (0, 1))
    beside = Beside(control, build_quality_model(QualityModelConfig()).eval())
    pixels = np.random.default_rng(0).integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    return stage2, beside, Picture(pixels)


def assessing(rounds: int) -> dict[str, Any]:
    """Four pictures of a quarter of a megapixel, against the image encoder on as many windows."""
    model = build_quality_model(QualityModelConfig()).eval().to(torch_device("auto"))
    pictures = list(np.random.default_rng(0).random((4, 512, 512, 3), dtype=np.float32))
    config = AssessConfig()
    windows = sum(len(found.grid.corners) for found in assess_images(model, pictures, config))
    batch = torch.rand(config.batch_size, 3, model.image_size, model.image_size, device=model.bias.device)

    def bare() -> None:
        with torch.inference_mode():
            for start in range(0, windows, config.batch_size):
                model.encode_images(batch[: windows - start]).cpu()

    found = compare(
        lambda: list(assess_images(model, pictures, config)),
        bare,
        rounds,
        "the image encoder on as many windows",
    )
    return {**found, "windows_per_second": windows / found["seconds"]}

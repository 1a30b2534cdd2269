"""The numbers of an arm's test images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import pandas as pd
import torch

from wordmend.comments.config import PresetText
from wordmend.defects.measure import DIMENSIONS
from wordmend.devices import torch_device
from wordmend.evaluation.metrics import measure_images
from wordmend.images.channels import FloatImage
from wordmend.images.tensors import to_tensor
from wordmend.pairs.library import PairLibrary
from wordmend.processes import map_in_processes, usable_cores
from wordmend.progress import progress
from wordmend.quality.model import QualityModel

CHUNK = 20
"""Images that a process measures in one go: a second of work."""
IMAGES_PER_PROCESS = 100
"""Starting a process takes some seconds, in which one measures about so many images."""
_AT_ONCE = 32
"""Pictures that are encoded together."""


@dataclass(frozen=True)
class _Chunk:
    """Some pairs and what was restored of them."""

    pairs: PairLibrary
    restored: list[FloatImage]


def measure_restored(
    arm: str, pairs: PairLibrary, restored: Mapping[str, FloatImage], workers: int | None = None
) -> pd.DataFrame:
    """Measure restored images in processes; rows as `measure_images` gives them, in the order of the pairs.

    Args:
        arm: whose images these are.
        pairs: of the test split.
        restored: by pair id, `(H, W, C)` in [0, 1].
        workers: processes; None: as many as there is work for.
    """
    ids = pairs.pair_ids
    chunks = [
        _Chunk(pairs.select(some), [restored[pair_id] for pair_id in some])
        for some in (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    ]
    workers = workers or max(1, min(usable_cores(), len(ids) // IMAGES_PER_PROCESS))
    made = map_in_processes(partial(_measure, arm), chunks, workers, "measure images")
    tables = progress(made, f"measuring {arm}", total=len(chunks), unit="chunk")
    return pd.concat(list(tables), ignore_index=True)


def _measure(arm: str, chunk: _Chunk) -> pd.DataFrame:
    return measure_images(
        arm,
        (
            (pair.pair_id, image, pair.gt, pair.damage, pair.lq)
            for pair, image in zip(chunk.pairs, chunk.restored, strict=True)
        ),
    )


@torch.no_grad()
def similarities(
    model: QualityModel, images: Sequence[FloatImage], preset: Sequence[PresetText], name: str
) -> pd.DataFrame:
    """How well the preset describes whole pictures: `<name>_<dimension>` in [0, 1], a row a picture.

    Of several texts about a dimension it is the mean; a dimension without any is left out.
    """
    device = torch_device("auto")
    model = model.eval().to(device)
    texts = model.encode_texts([text.text for text in preset])
    found = []
    for start in range(0, len(images), _AT_ONCE):
        batch = torch.stack([to_tensor(image) for image in images[start : start + _AT_ONCE]]).to(device)
        found.append(model.similarity(model.encode_images(batch)[:, None], texts[None]).cpu())
    table = torch.cat(found).numpy()  # (pictures, texts)
    model.to("cpu")
    places = {d: [place for place, text in enumerate(preset) if text.dimension == d] for d in DIMENSIONS}
    return pd.DataFrame({f"{name}_{d}": table[:, of].mean(axis=1) for d, of in places.items() if of})


def sharpened(
    images: Iterable[tuple[str, FloatImage]], strength: float, sigma: float
) -> Iterator[tuple[str, FloatImage]]:
    """Images under an unsharp mask: so much of what a Gaussian blur of `sigma` px takes away is added."""
    for pair_id, image in images:
        blurred = cv2.GaussianBlur(image, (0, 0), sigma).reshape(image.shape)
        yield pair_id, np.clip(image + strength * (image - blurred), 0, 1, dtype=np.float32)

"""Where a quality model is unsure: what people should be asked about first."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from wordmend.images.channels import ByteImage
from wordmend.quality.evaluate import NEGATIONS, encode_pictures
from wordmend.quality.model import QualityModel


@torch.no_grad()
def doubt(model: QualityModel, pictures: Sequence[ByteImage]) -> dict[str, npt.NDArray[np.float64]]:
    """How unsure the model is whether each picture has a defect, by dimension.

    Args:
        model: in eval mode.
        pictures: `(H, W, 3) uint8`, at least one.

    Returns:
        `(N,)` in [0, 1]: 1 where a text and its negation fit equally well, 0 where one of them does alone.
    """
    vectors = encode_pictures(model, pictures)
    found: dict[str, npt.NDArray[np.float64]] = {}
    for pair in NEGATIONS:
        good, defect = model.encode_texts([pair.good, pair.defect])
        difference = model.logits(vectors, defect) - model.logits(vectors, good)
        found[pair.dimension] = (1 - (2 * torch.sigmoid(difference) - 1).abs()).cpu().double().numpy()
    return found

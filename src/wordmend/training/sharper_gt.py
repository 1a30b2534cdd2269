"""The ground truth under an unsharp mask, where words named sharpness.

A restorer that can't tell what a blur took away gives the middle of what may have been there, which is softer
than any of it. What words call unsharp is trained towards a sharper original (Real-ESRGAN, 2107.10833, trains
towards such originals), so that the middle is as sharp as the original itself.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from wordmend.training.blurred import blurred
from wordmend.training.word_source import Found

_SIGMA = 1.5  # px, of the blur whose difference is added


def sharper_where_named(gt: Tensor, found: Sequence[Found], strength: float) -> Tensor:
    """The ground truth of a batch, `(B, C, H, W)` in [0, 1], sharper where words named sharpness.

    The whole picture becomes so, whichever region a person pointed at.

    Args:
        gt: as the pairs have it.
        found: the words for each image.
        strength: how much of what a blur of 1.5 px takes away is added; 0: nothing.
    """
    named = [
        image
        for image, words in enumerate(found)
        if any(text.dimension == "sharpness" for text in words.said)
    ]
    if not (strength and named):
        return gt
    soft = gt[named]
    sharper = soft + strength * (soft - blurred(soft, _SIGMA))
    return gt.index_copy(0, torch.tensor(named, device=gt.device), sharper.clamp(0, 1))

"""Masks of where a picture is worse than wanted, for `restore` to work there alone."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from wordmend.assessment.assess import Assessment
from wordmend.comments.entry import Dimension
from wordmend.errors import ParameterError
from wordmend.images.channels import FloatImage
from wordmend.images.writing import write_image

MASKS_NAME = "masks"
"""Folder of masks in the output folder, with a folder for each dimension."""


def damage_mask(assessment: Assessment, dimension: Dimension, limit: float) -> FloatImage:
    """Where a picture's score is below a limit: `(H, W, 1)`, 1 there and 0 elsewhere.

    The finest map that there is, which has a cell every few pixels, is blown up to the picture. Where nothing
    is told, as in a clear sky of sharpness, nothing is to be restored.

    Args:
        assessment: of the picture.
        dimension: what is looked for.
        limit: score in (0, 1).
    """
    scores = np.nan_to_num(assessment.finest_map(dimension), nan=1.0)
    size = (assessment.grid.width, assessment.grid.height)
    below = cv2.resize(scores, size, interpolation=cv2.INTER_LINEAR) < limit
    return np.asarray(below[..., np.newaxis], dtype=np.float32)


def write_masks(folder: Path, name: str, assessment: Assessment, limit: float) -> None:
    """Write a picture's masks, `<dimension>/<name>.png`, as `restore.mask` takes such a folder.

    Args:
        folder: of all masks.
        name: of the picture, relative to its folder, with its suffix.
        assessment: of the picture.
        limit: score below which it is to be restored.

    Raises:
        WordmendError: a mask can't be written.
    """
    for dimension in assessment.windows:
        path = folder / dimension / PurePosixPath(name).with_suffix(".png")
        write_image(path, damage_mask(assessment, dimension, limit))


def check_masks_differ(names: Sequence[str]) -> None:
    """Refuse pictures that differ in their suffix alone, as their masks would have one name.

    Raises:
        ParameterError: names two of them.
    """
    seen: dict[PurePosixPath, str] = {}
    for name in names:
        stem = PurePosixPath(name).with_suffix("")
        if stem in seen:
            raise ParameterError(
                f"assess.masks: {seen[stem]} and {name} would have one mask; rename one of them"
            )
        seen[stem] = name

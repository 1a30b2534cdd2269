"""What was said of the test pictures, and what became of it: measured in the region of every comment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from wordmend.comments.entry import Entry, Region
from wordmend.comments.language import QualityLanguage
from wordmend.comments.table import REGION_COLUMNS, region_values, table_to_entries
from wordmend.comments.words import target_of
from wordmend.defects.measure import DIMENSIONS, measure_defect
from wordmend.evaluation.metrics import FloatImage, psnr
from wordmend.pairs.image_pair import ImagePair

TRAINED_ARMS = ("stage1", "control", "stage2")
"""What is compared: the picture that was commented on, and what two trainings made of it."""

TRAIL_TYPES = {
    "comment_id": "string",
    "pair_id": "string",
    "sample_id": "string",
    "photo": "string",
    "text": "string",
    "opposite": "string",
    "target": "string",
    "dimension": "string",
    **dict.fromkeys(REGION_COLUMNS, "Int64"),
    "source": "string",
    "annotator": "string",
    "conforms": "Int64",
    **{f"{name}_{arm}": "Float64" for name in ("defect", "psnr") for arm in TRAINED_ARMS},
}
"""Columns of the table: one row a comment on the stage-1 result of a test pair.

`target` is null where a comment wishes for nothing: praise, or a fault without an opposite. `defect_*` is the
defect of its dimension, `psnr_*` (dB) the likeness to `gt`, both in the comment's region or, without
one, in the whole image. A defect is null for the dimension other, and where there is none of the damage that
is spoken of, or none is known; both are null for a region beyond the image."""

Value = TypeVar("Value", bound=np.generic)
Row = dict[str, str | int | float | None]


def comments_by_pair(comments: pd.DataFrame, pair_ids: Sequence[str]) -> dict[str, list[Entry]]:
    """What was said of the restored images of these pairs, in the table's order."""
    said = comments[(comments["kind"] == "restored") & comments["pair_id"].isin(pair_ids)]
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in table_to_entries(said):
        entries[str(entry.pair_id)].append(entry)
    return dict(entries)


def trail_row(
    pair: ImagePair,
    entry: Entry,
    images: Mapping[str, FloatImage],
    measured: Mapping[str, Mapping[str, float | None]],
    language: QualityLanguage,
) -> Row:
    """The row of one comment.

    Args:
        pair: that the comment is about.
        entry: the comment.
        images: by arm, (H, W, C) in [0, 1].
        measured: by arm, the whole image's `measure_image`.
        language: tells what is wished for.
    """
    target, region = target_of(entry, language), entry.region
    row: Row = {
        **{name: getattr(entry, name) for name in TRAIL_TYPES if hasattr(entry, name)},
        "photo": pair.photo,
        "target": None if target is None else target.text,
        **dict(zip(REGION_COLUMNS, region_values(region), strict=True)),
    }
    for arm in TRAINED_ARMS:
        whole = measured[arm]
        row[f"defect_{arm}"], row[f"psnr_{arm}"] = (
            (whole.get(entry.dimension), whole["psnr"])
            if region is None
            else _measured_in(region, entry.dimension, images[arm], pair)
        )
    return row


def trail_table(rows: Sequence[Row]) -> pd.DataFrame:
    """The rows with the columns and types of `TRAIL_TYPES`."""
    return pd.DataFrame(rows, columns=list(TRAIL_TYPES)).astype(TRAIL_TYPES)


def cut(image: npt.NDArray[Value], region: Region | None) -> npt.NDArray[Value]:
    """A region of (H, W, ...), as far as it lies in the picture; None is the whole of it."""
    if region is None:
        return image
    return image[region.y : region.y + region.height, region.x : region.x + region.width]


def _measured_in(
    region: Region, dimension: str, image: FloatImage, pair: ImagePair
) -> tuple[float | None, float | None]:
    """Defect and PSNR of a region's crop."""
    crop, gt = cut(image, region), cut(pair.gt, region)
    if gt.size == 0:
        return None, None
    damage = None if pair.damage is None else cut(pair.damage, region)
    defect = measure_defect(crop, gt, damage, dimension) if dimension in DIMENSIONS else None
    return defect, psnr(crop, gt)

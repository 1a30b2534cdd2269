"""Restored images, each kept with its `pair_id`: a table with PNG files beside it (M5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from wordmend.errors import TableError
from wordmend.files import atomic_path, staged_folder
from wordmend.images.channels import FloatImage
from wordmend.images.writing import write_image

RESTORED_COLUMNS = ["pair_id", "image_path", "channels", "last_trained"]


@dataclass(frozen=True)
class RestoredImage:
    """What a restorer put out for one pair.

    `image` is `(H, W, C) float32` in [0, 1]; `last_trained` is the pair's place among those trained on last
    (0: the very last), None for the others.
    """

    pair_id: str
    image: FloatImage
    last_trained: int | None


@dataclass(frozen=True)
class RestoredLibrary:
    """Restored images on disk; `table` has the columns `RESTORED_COLUMNS`, paths from `folder`."""

    table: pd.DataFrame
    folder: Path


def write_restored(table_path: Path, images: Iterable[RestoredImage]) -> None:
    """Write images to the folder named like the table, and the table, replacing what was there as a whole."""
    rows = []
    with staged_folder(table_path.with_suffix("")) as folder:
        for restored in images:
            name = f"{restored.pair_id}.png"
            write_image(folder / name, restored.image)
            rows.append(
                (
                    restored.pair_id,
                    f"{table_path.stem}/{name}",
                    restored.image.shape[2],
                    restored.last_trained,
                )
            )
    table = pd.DataFrame(rows, columns=RESTORED_COLUMNS).astype({"last_trained": "Int64"})
    with atomic_path(table_path) as path:
        table.to_parquet(path, index=False)


def open_restored(table_path: Path) -> RestoredLibrary:
    """Read the table of restored images.

    Raises:
        TableError: the table has other columns.
    """
    table = pd.read_parquet(table_path)
    if list(table.columns) != RESTORED_COLUMNS:
        raise TableError(f"{table_path}: columns are {list(table.columns)}, expected {RESTORED_COLUMNS}")
    return RestoredLibrary(table, table_path.parent)


def restored_images(
    images: Iterable[tuple[str, FloatImage]], last_pair_ids: Sequence[str]
) -> Iterator[RestoredImage]:
    """Note for each image (pair_id, `(H, W, C)`) its place among those trained on last."""
    place = {pair_id: index for index, pair_id in enumerate(last_pair_ids)}
    for pair_id, image in images:
        yield RestoredImage(pair_id, image, place.get(pair_id))

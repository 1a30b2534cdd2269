"""The library of image pairs: a Parquet table, and beside it a folder with the images.

`pairs.parquet` goes with `pairs/{lq,gt,damage}/<pair_id>.png`. Paths in the table are relative to its folder,
so that the library can be moved.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from PIL import Image

from wordmend.config import nearest_name
from wordmend.errors import ImageError, TableError
from wordmend.images.channels import ByteImage
from wordmend.images.reading import read_image
from wordmend.pairs.image_pair import ImagePair
from wordmend.pairs.splits import SPLITS, Split
from wordmend.pairs.table import PAIR_COLUMNS, check_pair_table
from wordmend.pairs.writing import write_pairs

__all__ = ["PAIR_COLUMNS", "PairLibrary", "write_pairs"]


class PairLibrary:
    """Image pairs of a table, read from their files when they are asked for.

    Iteration gives `ImagePair` in the table's order.
    """

    def __init__(self, folder: Path, table: pd.DataFrame) -> None:
        self._folder = folder
        self._table = table
        self._rows = {pair_id: position for position, pair_id in enumerate(table["pair_id"])}

    @classmethod
    def open(cls, table_path: Path) -> "PairLibrary":
        """Open and validate a library; images are not read yet.

        Raises:
            TableError: the table is missing or no Parquet file, lacks columns, has values of the wrong kind,
                repeats a pair, has a photograph in two splits, or points to files that are not there or
                outside its folder.
        """
        if not table_path.is_file():
            raise TableError(
                f"{table_path}: no such table of pairs; make it with the pipeline pair_synthesis"
            )
        try:
            table = pd.read_parquet(table_path)
        except (OSError, ValueError) as error:  # pyarrow's errors are of these
            raise TableError(f"{table_path}: not a readable Parquet file: {error}") from error
        check_pair_table(table, table_path, table_path.parent)
        return cls(table_path.parent, table)

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the table, one row per pair; columns as in `PAIR_COLUMNS`."""
        return self._table.copy()

    @property
    def folder(self) -> Path:
        """Where the table lies: what the paths in it are relative to."""
        return self._folder

    @property
    def pair_ids(self) -> list[str]:
        """Ids in the table's order."""
        return list(self._rows)

    @property
    def channels(self) -> int:
        """Channels of the images: 3 for RGB, 1 for gray."""
        return int(self._table["channels"].iloc[0])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images, px."""
        return int(self._table["height"].iloc[0]), int(self._table["width"].iloc[0])

    def split(self, name: Split) -> "PairLibrary":
        """The pairs of one split; may be empty.

        Raises:
            TableError: no such split.
        """
        if name not in SPLITS:
            raise TableError(f"unknown split {name!r}{nearest_name(name, list(SPLITS))}")
        return PairLibrary(self._folder, self._table[self._table["split"] == name].reset_index(drop=True))

    def select(self, pair_ids: Sequence[str]) -> "PairLibrary":
        """The given pairs, in the given order.

        Raises:
            TableError: an id is unknown or given twice.
        """
        if len(set(pair_ids)) != len(pair_ids):
            raise TableError("a pair is selected twice; give each pair_id once")
        rows = [self._row(pair_id) for pair_id in pair_ids]
        return PairLibrary(self._folder, self._table.iloc[rows].reset_index(drop=True))

    def read(self, pair_id: str) -> ImagePair:
        """Read one pair from its files.

        Raises:
            TableError: the id is unknown, or an image is not of the size that the table gives.
            ImageError: a file can't be read.
        """
        row = self._table.iloc[self._row(pair_id)]
        channels = int(row["channels"])
        lq = read_image(self._folder / row["lq_path"], channels)
        gt = read_image(self._folder / row["gt_path"], channels)
        damage = None if pd.isna(row["damage_path"]) else _read_damage(self._folder / row["damage_path"])
        expected = (int(row["height"]), int(row["width"]))
        for name, image in (("lq", lq), ("gt", gt), ("damage map", damage)):
            if image is not None and image.shape[:2] != expected:
                raise TableError(
                    f"pair {pair_id!r}: {name} has height and width {image.shape[:2]}, the table says "
                    f"{expected}; make the pairs again with the pipeline pair_synthesis"
                )
        return ImagePair(
            pair_id=pair_id,
            photo=str(row["photo"]),
            photo_sha256=str(row["photo_sha256"]),
            split=cast(Split, row["split"]),
            lq=lq,
            gt=gt,
            damage=damage,
            recipe=None if pd.isna(row["recipe"]) else str(row["recipe"]),
            source=row["source"],
        )

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ImagePair]:
        return (self.read(pair_id) for pair_id in self._rows)

    def _row(self, pair_id: str) -> int:
        try:
            return self._rows[pair_id]
        except KeyError:
            some = list(self._rows)
            hint = nearest_name(pair_id, some) if 0 < len(some) <= 20_000 else ""
            hint = hint if "did you mean" in hint else ""  # not all the known ids
            raise TableError(f"no pair {pair_id!r} among {len(some)} pairs{hint}") from None


def _read_damage(path: Path) -> ByteImage:
    """Damage map (H, W): its values are labels, so no conversion as for pictures."""
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if image.mode != "L":
                raise ImageError(f"{path}: a damage map is an 8-bit gray PNG, not mode {image.mode}")
            damage = np.array(image, dtype=np.uint8)
    except ImageError:
        raise
    except Exception as error:  # decoders raise all sorts of errors on damaged data
        raise ImageError(f"{path}: can't be read: {error}") from error
    if damage.max() > 2:
        raise ImageError(f"{path}: a damage map has the values 0, 1 and 2, not {damage.max()}")
    return damage

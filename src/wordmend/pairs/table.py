"""Columns of the table of pairs, and the check that a table keeps to them."""

from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa

from wordmend.errors import TableError
from wordmend.pairs.image_pair import SAMPLE
from wordmend.pairs.splits import SPLITS

PAIR_SCHEMA = pa.schema(
    [
        pa.field("pair_id", pa.string(), nullable=False),
        pa.field("photo", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("lq_path", pa.string(), nullable=False),
        pa.field("gt_path", pa.string(), nullable=False),
        pa.field("recipe", pa.string()),
        pa.field("damage_path", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("photo_sha256", pa.string(), nullable=False),
        pa.field("channels", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
    ]
)
"""One row per pair. `recipe` and `damage_path` are null for real pairs; height and width are in pixels."""

PAIR_COLUMNS: tuple[str, ...] = tuple(PAIR_SCHEMA.names)
"""Names of the columns, in order; further columns may follow."""

_ALLOWED: dict[str, tuple[Any, ...]] = {"split": SPLITS, "source": ("synthesis", "real"), "channels": (1, 3)}
_PATHS = ("lq_path", "gt_path", "damage_path")
_WAY_OUT = "make the pairs again with the pipeline pair_synthesis"


def check_pair_table(table: pd.DataFrame, table_path: Path, folder: Path) -> None:
    """Check columns, kinds of values, unique ids, splits by photograph, and that the files are there.

    Args:
        table: what was read from `table_path`, or will be written there.
        table_path: for messages.
        folder: what paths in the table are relative to.

    Raises:
        TableError: names the first thing that is wrong, with its row.
    """
    missing = [name for name in PAIR_COLUMNS if name not in table.columns]
    if missing:
        raise TableError(f"{table_path}: columns are missing: {', '.join(missing)}; {_WAY_OUT}")
    if table.empty:
        raise TableError(f"{table_path}: the table has no rows; {_WAY_OUT}")
    for field in PAIR_SCHEMA:
        _check_values(table[field.name], field, table_path)
    for name, allowed in _ALLOWED.items():
        _refuse(
            table_path,
            table[name],
            ~table[name].isin(allowed),
            f"must be one of {', '.join(map(str, allowed))}",
        )
    _refuse(table_path, table["pair_id"], table["pair_id"].duplicated(), "is there twice")
    for name in ("photo", "photo_sha256"):
        in_two = table.groupby(name)["split"].transform("nunique") > 1
        _refuse(table_path, table[name], in_two, "is in two splits; a photograph may be in one only")
    for name in _PATHS:
        outside = table[name].map(_leaves_folder, na_action="ignore").eq(True)
        _refuse(table_path, table[name], outside, "must be a relative path that stays in the table's folder")
        absent = table[name].map(lambda path: not (folder / path).is_file(), na_action="ignore").eq(True)
        _refuse(table_path, table[name], absent, "is not there; restore the file, or " + _WAY_OUT)


def _check_values(column: "pd.Series[Any]", field: pa.Field, table_path: Path) -> None:
    if not field.nullable:
        _refuse(table_path, column, column.isna(), "must not be null")
    if pa.types.is_string(field.type):
        wrong = column.map(lambda value: not isinstance(value, str), na_action="ignore").eq(True)
        _refuse(table_path, column, wrong, "must be text")
    elif not pd.api.types.is_integer_dtype(column):
        raise TableError(
            f"{table_path}: column {field.name} must hold whole numbers, not {column.dtype}; {_WAY_OUT}"
        )
    else:
        _refuse(table_path, column, column < 1, "must be at least 1")


def _refuse(table_path: Path, column: "pd.Series[Any]", wrong: "pd.Series[bool]", what: str) -> None:
    """Raise for the first row where `wrong` is true."""
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        value = column.tolist()[row]  # plain Python, to be shown to people
        raise TableError(f"{table_path}: row {row}: {column.name} {value!r} {what}")


def _leaves_folder(path: str) -> bool:
    pure = PurePosixPath(path)
    return pure.is_absolute() or ".." in pure.parts or "\\" in path or not pure.parts


def of_sample_photos(photos: "pd.Series[str]") -> "pd.Series[bool]":
    """Which of the photographs in a column `photo` are sample photographs that came beside one's own."""
    return photos.str.startswith(SAMPLE)

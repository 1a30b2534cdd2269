"""The comments table: one row an entry, its columns fixed by contract."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import pandas as pd

from wordmend.comments.entry import Entry, Region
from wordmend.errors import TableError, WordmendError

REGION_COLUMNS = ("region_x", "region_y", "region_width", "region_height")

COLUMN_TYPES: dict[str, str] = {
    "comment_id": "string",
    "sample_id": "string",
    "pair_id": "string",
    "kind": "string",
    "text": "string",
    "opposite": "string",
    "dimension": "string",
    "region_x": "Int64",
    "region_y": "Int64",
    "region_width": "Int64",
    "region_height": "Int64",
    "conforms": "Int64",
    "source": "string",
    "annotator": "string",
    "created_at": "datetime64[us, UTC]",
}
"""Columns of the table in their order, with pandas types; all but the obvious ones are nullable."""

REQUIRED_COLUMNS = ("comment_id", "sample_id", "kind", "text", "dimension", "conforms", "source")


def entries_to_table(entries: Iterable[Entry]) -> pd.DataFrame:
    """A table of entries, in their order, with the columns and types of `COLUMN_TYPES`, even when empty.

    Raises:
        TableError: when two entries have the same `comment_id`.
    """
    table = pd.DataFrame([_to_row(entry) for entry in entries], columns=list(COLUMN_TYPES))
    return validate_table(table)


def table_to_entries(table: pd.DataFrame, file: str = "comments table") -> list[Entry]:
    """The entries of a table, in its order.

    Raises:
        TableError: when a column is missing or a row isn't an entry; names `file`, row and column.
    """
    return _entries_of(_typed(table, file), file)


def validate_table(table: pd.DataFrame, file: str = "comments table") -> pd.DataFrame:
    """The table with its columns in order and typed; `file` is what messages call it.

    Raises:
        TableError: when a column is missing or unknown, a row isn't an entry, or a `comment_id` comes twice.
    """
    typed = _typed(table, file)
    _entries_of(typed, file)
    doubled = typed["comment_id"].duplicated()
    if doubled.any():
        row = int(doubled.to_numpy().argmax())
        raise TableError(
            f"{file}, row {row}, column comment_id: {typed['comment_id'].iloc[row]!r} stands there twice;"
            " keep one of the rows"
        )
    return typed


def merge_comments(persons: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """The entries of both tables; a person's words win over measured ones.

    Where a person said something about a dimension of a sample, about the whole image or a region, nothing
    measured about that dimension of that sample stays: who looked at it and named one spot has seen the
    others. An entry that is in both tables, or twice in one of them, comes once.

    Returns:
        The persons' entries, then the measured ones that stay, each in their order.

    Raises:
        TableError: when one of the tables is no comments table.
    """
    said = _without_doubles(persons, "persons' comments")
    found = _without_doubles(measured, "measured comments")
    spoken_about = set(zip(said["sample_id"], said["dimension"], strict=True))
    known = set(said["comment_id"])
    stays = [
        (sample, dimension) not in spoken_about and comment not in known
        for sample, dimension, comment in zip(
            found["sample_id"], found["dimension"], found["comment_id"], strict=True
        )
    ]
    return validate_table(pd.concat([said, found[stays]], ignore_index=True), "merged comments")


def region_values(region: Region | None) -> tuple[int | None, ...]:
    """A region as values of `REGION_COLUMNS`."""
    return (None,) * 4 if region is None else (region.x, region.y, region.width, region.height)


def region_of(row: Mapping[Any, Any]) -> Region | None:
    """The region in a row of a table with `REGION_COLUMNS`, None for the whole image."""
    whole = pd.isna(row["region_x"])
    return None if whole else Region(*(int(row[column]) for column in REGION_COLUMNS))


def _without_doubles(table: pd.DataFrame, file: str) -> pd.DataFrame:
    return validate_table(_typed(table, file).drop_duplicates("comment_id"), file)


def _to_row(entry: Entry) -> dict[str, Any]:
    plain = {name: getattr(entry, name) for name in COLUMN_TYPES if name not in REGION_COLUMNS}
    return plain | dict(zip(REGION_COLUMNS, region_values(entry.region), strict=True))


def _typed(table: pd.DataFrame, file: str) -> pd.DataFrame:
    missing = [name for name in COLUMN_TYPES if name not in table.columns]
    unknown = [str(name) for name in table.columns if name not in COLUMN_TYPES]
    if missing or unknown:
        said = [f"lacks {', '.join(missing)}"] if missing else []
        said += [f"has unknown {', '.join(unknown)}"] if unknown else []
        raise TableError(f"{file}: {' and '.join(said)}; its columns are {', '.join(COLUMN_TYPES)}")
    columns = {}
    for name, kind in COLUMN_TYPES.items():
        try:
            columns[name] = table[name].reset_index(drop=True).astype(cast(Any, kind))
        except (TypeError, ValueError) as error:
            row = _first_unconvertible(table[name], kind)
            raise TableError(
                f"{file}, row {row}, column {name}: {table[name].iloc[row]!r} is not {kind} ({error})"
            ) from error
    return pd.DataFrame(columns)


def _first_unconvertible(column: "pd.Series[Any]", kind: str) -> int:
    for row in range(len(column)):
        try:
            column.iloc[row : row + 1].astype(cast(Any, kind))
        except (TypeError, ValueError):
            return row
    return 0


def _entries_of(typed: pd.DataFrame, file: str) -> list[Entry]:
    plain = typed.astype(object).where(typed.notna(), None)
    return [_to_entry(row, number, file) for number, row in enumerate(plain.to_dict("records"))]


def _to_entry(row: dict[Any, Any], number: int, file: str) -> Entry:
    for name in REQUIRED_COLUMNS:
        if row[name] is None:
            raise TableError(f"{file}, row {number}, column {name}: nothing stands there; give a value")
    given = [name for name in REGION_COLUMNS if row[name] is not None]
    if given and len(given) < len(REGION_COLUMNS):
        lacking = next(name for name in REGION_COLUMNS if name not in given)
        raise TableError(
            f"{file}, row {number}, column {lacking}: nothing stands there, though {given[0]} is given;"
            " give all four numbers or none"
        )
    values = {name: row[name] for name in COLUMN_TYPES if name not in REGION_COLUMNS}
    values["conforms"] = int(row["conforms"])
    moment = row["created_at"]
    values["created_at"] = moment.to_pydatetime() if isinstance(moment, pd.Timestamp) else moment
    try:
        region = Region(*(int(row[name]) for name in REGION_COLUMNS)) if given else None
        return Entry(region=region, **values)
    except WordmendError as error:
        raise TableError(f"{file}, row {number}, column {_column_named_in(str(error))}: {error}") from error


def _column_named_in(message: str) -> str:
    """The column that the refusal of an entry is about; texts are refused without their column's name."""
    if message.startswith("region "):
        return f"region_{message.split()[1]}"
    if message.startswith("the opposite "):
        return "opposite"
    reason = message.split(": ", 1)[-1]
    return next((name for name in COLUMN_TYPES if reason.startswith(name)), "text")

"""Writing a library of pairs: all of it, or nothing."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from wordmend.errors import PhotosError, TableError
from wordmend.files import explained_write_errors
from wordmend.images.channels import to_bytes
from wordmend.images.writing import encode_png
from wordmend.pairs.image_pair import ImagePair
from wordmend.pairs.table import PAIR_SCHEMA, check_pair_table
from wordmend.processes import map_in_threads

# Threads that encode and write images while the next pairs are made: one process writes what several make.
WRITERS = 2


def write_pairs(table_path: Path, pairs: Iterable[ImagePair]) -> None:
    """Write pairs as `<table>.parquet` and `<table>/{lq,gt,damage}/<pair_id>.png`.

    A library that is there already is replaced as a whole, once the new one is complete. If anything fails
    before (a full disk, an error while pairs are made, an interruption), it stays as it was and nothing else
    remains.

    Raises:
        TableError: the table's name doesn't end in .parquet, a pair_id comes twice or can't be a file
            name, or a photograph is in two splits.
        PhotosError: no pairs at all.
        WordmendError: a file can't be written (with the space left).
    """
    if table_path.suffix != ".parquet":
        raise TableError(
            f"{table_path}: the table of pairs is a Parquet file; give it a name that ends in .parquet"
        )
    with explained_write_errors(table_path):
        table_path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(table_path)
        folder = tempfile.mkdtemp(prefix=_leftover_prefix(table_path), dir=table_path.parent)
    staging = _Staging(table_path, Path(folder))
    try:
        _write_rows(staging, pairs)
        with explained_write_errors(table_path):
            staging.swap()
    finally:
        shutil.rmtree(staging.folder, ignore_errors=True)


@dataclass(frozen=True)
class _Staging:
    """A folder beside the library, laid out like it, where the new one grows."""

    target: Path
    """The table."""
    folder: Path

    @property
    def table(self) -> Path:
        return self.folder / self.target.name

    @property
    def images(self) -> Path:
        return self.folder / self.target.stem

    def swap(self) -> None:
        """Put the new library in the old one's place; on an error the old one is put back."""
        target_images = self.target.with_suffix("")
        old = self.folder / "old"
        old.mkdir()
        moved: list[tuple[Path, Path]] = []
        try:
            for source, destination in (
                (self.target, old / "table"),
                (target_images, old / "images"),
                (self.images, target_images),
                (self.table, self.target),
            ):
                if source.exists():
                    source.rename(destination)
                    moved.append((source, destination))
        except BaseException:
            for source, destination in reversed(moved):
                destination.rename(source)
            raise


def _write_rows(staging: _Staging, pairs: Iterable[ImagePair]) -> None:
    with explained_write_errors(staging.images):
        for kind in ("lq", "gt", "damage"):
            (staging.images / kind).mkdir(parents=True)
    rows = list(map_in_threads(partial(_write_pair, staging), _checked(pairs), WRITERS))
    if not rows:
        raise PhotosError(
            f"{staging.target}: no pairs to write; look at the photographs and the number of pairs"
        )
    table = pa.Table.from_pylist(rows, schema=PAIR_SCHEMA)
    check_pair_table(table.to_pandas(), staging.target, staging.folder)
    with explained_write_errors(staging.table):
        pq.write_table(table, staging.table)


def _write_pair(staging: _Staging, pair: ImagePair) -> dict[str, Any]:
    """Write the images of a pair and return its row."""
    assert pair.lq.shape == pair.gt.shape, f"{pair.pair_id}: lq {pair.lq.shape}, gt {pair.gt.shape}"
    images = {"lq": to_bytes(pair.lq), "gt": to_bytes(pair.gt)}
    if pair.damage is not None:
        assert pair.damage.shape == pair.lq.shape[:2], f"{pair.pair_id}: damage map {pair.damage.shape}"
        images["damage"] = pair.damage
    paths: dict[str, str | None] = dict.fromkeys(("lq", "gt", "damage"))
    for kind, pixels in images.items():
        path = staging.images / kind / f"{pair.pair_id}.png"
        with explained_write_errors(path):
            path.write_bytes(encode_png(pixels))
        paths[kind] = path.relative_to(staging.folder).as_posix()
    height, width, channels = pair.lq.shape
    return {
        "pair_id": pair.pair_id,
        "photo": pair.photo,
        "split": pair.split,
        "lq_path": paths["lq"],
        "gt_path": paths["gt"],
        "recipe": pair.recipe,
        "damage_path": paths["damage"],
        "source": pair.source,
        "photo_sha256": pair.photo_sha256,
        "channels": channels,
        "height": height,
        "width": width,
    }


def _checked(pairs: Iterable[ImagePair]) -> Iterator[ImagePair]:
    seen: set[str] = set()
    for pair in pairs:
        _check_id(pair.pair_id, seen)
        seen.add(pair.pair_id.casefold())
        yield pair


def _check_id(pair_id: str, seen: set[str]) -> None:
    """`seen` holds case-folded ids, as some file systems don't tell upper from lower case."""
    if not pair_id or pair_id.startswith(".") or not all(c.isalnum() or c in "._-" for c in pair_id):
        raise TableError(
            f"pair_id {pair_id!r} can't be a file name; use letters, digits, '-', '_' and '.' only"
        )
    if pair_id.casefold() in seen:
        raise TableError(f"pair_id {pair_id!r} comes twice; each pair needs its own")


def _leftover_prefix(table_path: Path) -> str:
    return f".{table_path.stem}.partial-"


def _remove_leftovers(table_path: Path) -> None:
    """Remove what a killed process left; a library has one writer at a time."""
    for leftover in table_path.parent.glob(f"{_leftover_prefix(table_path)}*"):
        shutil.rmtree(leftover, ignore_errors=True)

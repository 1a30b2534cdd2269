"""Quality samples with what was said about them, as the quality model is trained and tested on them (M7)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from wordmend.comments.entry import Entry
from wordmend.comments.table import table_to_entries
from wordmend.errors import TableError
from wordmend.images.channels import ByteImage
from wordmend.images.reading import read_image

COLUMNS = ("sample_id", "split", "kind", "image_path")
"""Columns of the quality samples' table that are needed here; others may be there."""


@dataclass(frozen=True)
class QualitySample:
    """One image and the entries about it."""

    sample_id: str
    split: str
    kind: str
    path: Path
    entries: tuple[Entry, ...]


class QualitySamples:
    """Quality samples whose pictures are read when asked for and kept in memory as bytes, up to a limit.

    Args:
        samples: the samples.
        cache_bytes: how much memory pictures may take.
    """

    def __init__(self, samples: Sequence[QualitySample], cache_bytes: int = 2 << 30) -> None:
        self.samples = tuple(samples)
        self.cache_bytes = cache_bytes
        self._bytes_left = cache_bytes
        self._cache: dict[int, ByteImage] = {}

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[tuple[ByteImage, Sequence[Entry]]]:
        """Each picture with the entries about it."""
        return ((self.picture(index), sample.entries) for index, sample in enumerate(self.samples))

    @property
    def entries(self) -> list[Entry]:
        """All entries, sample by sample."""
        return [entry for sample in self.samples for entry in sample.entries]

    def select(self, keep: Callable[[QualitySample], bool]) -> "QualitySamples":
        """The samples for which `keep` holds."""
        return QualitySamples([sample for sample in self.samples if keep(sample)], self.cache_bytes)

    def split(self, name: str) -> "QualitySamples":
        """The samples of one split (train, validation, test)."""
        return self.select(lambda sample: sample.split == name)

    def commented(self) -> "QualitySamples":
        """The samples about which something was said."""
        return self.select(lambda sample: bool(sample.entries))

    def spread(self, count: int) -> "QualitySamples":
        """At most `count` of the samples, evenly spread over them."""
        places = np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(int)
        return QualitySamples([self.samples[place] for place in places], self.cache_bytes)

    def shared_by(self, readers: int) -> "QualitySamples":
        """The same samples for each of several processes, which share the memory for pictures."""
        return QualitySamples(self.samples, self.cache_bytes // max(1, readers))

    def picture(self, index: int) -> ByteImage:
        """The picture of a sample, `(H, W, 3) uint8`; gray ones have three equal channels.

        Raises:
            ImageError: the file is missing or not an image; names it.
        """
        if index in self._cache:
            return self._cache[index]
        image = np.rint(read_image(self.samples[index].path) * 255).astype(np.uint8)
        if image.nbytes <= self._bytes_left:
            self._bytes_left -= image.nbytes
            self._cache[index] = image
        return image


def join_comments(comments: pd.DataFrame, samples: pd.DataFrame, data_folder: Path) -> QualitySamples:
    """Put the comments table and the table of quality samples together.

    Args:
        comments: the comments table.
        samples: the quality samples' table, with `COLUMNS`.
        data_folder: what relative image paths start from.

    Returns:
        All samples in their table's order, also those without comments.

    Raises:
        TableError: a column is missing, a sample comes twice, or a comment is about an unknown sample.
    """
    missing = [name for name in COLUMNS if name not in samples.columns]
    if missing:
        raise TableError(
            f"quality samples' table: lacks {', '.join(missing)}; run the pipeline that made it again"
        )
    doubled = samples["sample_id"].duplicated()
    if doubled.any():
        name = samples["sample_id"][doubled].iloc[0]
        raise TableError(
            f"quality samples' table, column sample_id: {name!r} stands there twice; keep one row"
        )
    said: dict[str, list[Entry]] = defaultdict(list)
    for entry in table_to_entries(comments):
        said[entry.sample_id].append(entry)
    unknown = sorted(said.keys() - set(samples["sample_id"]))
    if unknown:
        count = sum(len(said[name]) for name in unknown)
        raise TableError(
            f"comments table, column sample_id: {count} comments are about samples that the quality samples' "
            f"table doesn't have, the first is {unknown[0]!r}; run the comments pipeline again"
        )
    return QualitySamples(
        [
            QualitySample(str(name), str(split), str(kind), data_folder / str(path), tuple(said[str(name)]))
            for name, split, kind, path in samples[list(COLUMNS)].itertuples(index=False)
        ]
    )

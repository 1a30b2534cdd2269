"""Kedro I/O of restored images."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wordmend.datasets.base import PlaceDataset

if TYPE_CHECKING:
    from wordmend.samples.restored import RestoredImage, RestoredLibrary


class RestoredDataset(PlaceDataset["Iterable[RestoredImage]", "RestoredLibrary"]):
    """The table of restored images and the images beside it."""

    def load(self) -> "RestoredLibrary":
        """Open the library; images are read when asked for."""
        from wordmend.samples.restored import open_restored

        return open_restored(self.filepath)

    def save(self, data: "Iterable[RestoredImage]") -> None:
        """Write images as they are restored."""
        from wordmend.samples.restored import write_restored

        write_restored(self.filepath, data)

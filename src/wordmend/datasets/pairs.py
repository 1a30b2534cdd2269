"""Kedro I/O of the pair library."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wordmend.datasets.base import PlaceDataset

if TYPE_CHECKING:
    from wordmend.pairs.image_pair import ImagePair
    from wordmend.pairs.library import PairLibrary


class PairsDataset(PlaceDataset["Iterable[ImagePair]", "PairLibrary"]):
    """The table of pairs and the images beside it. Pairs are written as they are made."""

    def load(self) -> "PairLibrary":
        """Open the library; images are read when asked for."""
        from wordmend.pairs.library import PairLibrary

        return PairLibrary.open(self.filepath)

    def save(self, data: "Iterable[ImagePair]") -> None:
        """Write pairs while they are made; nothing is left behind when one fails."""
        from wordmend.pairs.library import write_pairs

        write_pairs(self.filepath, data)

"""A folder handed on as a path, for what is looked into only when it is needed."""

from pathlib import Path
from typing import NoReturn

from kedro.io import DatasetError

from wordmend.datasets.base import PlaceDataset


class FolderDataset(PlaceDataset[Path, Path]):
    """The path of a folder that other pipelines fill."""

    def load(self) -> Path:
        """The folder, whether it is there or not."""
        return self.filepath

    def save(self, data: Path) -> NoReturn:
        """Refuse: other datasets write into the folder."""
        raise DatasetError(f"{self.filepath} is read only; what lies in it has catalog entries of its own")

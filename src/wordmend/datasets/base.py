"""What our datasets have in common: each is one place on disk."""

from pathlib import Path
from typing import Any, TypeVar

from kedro.io import AbstractDataset

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class PlaceDataset(AbstractDataset[Saved, Loaded]):
    """A dataset at a path.

    Args:
        filepath: file or folder.
        metadata: free notes of the catalog, as Kedro's own datasets take them.
    """

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self.filepath = Path(filepath)
        self.metadata = metadata

    def _exists(self) -> bool:
        return self.filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}

"""What may be there or not."""

from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError


class OptionalDataset(AbstractDataset[Any, Any]):
    """Loads another dataset where it exists, and None where it doesn't.

    Args:
        dataset: configuration of the other one, as in the catalog.
        metadata: free notes of the catalog, as Kedro's own datasets take them.
    """

    def __init__(self, dataset: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        self.dataset = AbstractDataset.from_config(type(self).__name__, dataset)
        self.metadata = metadata

    def load(self) -> Any:
        """What is there, or None."""
        return self.dataset.load() if self.dataset.exists() else None

    def save(self, data: Any) -> NoReturn:
        """Refuse: it is written by its own entry."""
        raise DatasetError(f"{self.dataset} is read only here; write it by its own catalog entry")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"dataset": str(self.dataset)}

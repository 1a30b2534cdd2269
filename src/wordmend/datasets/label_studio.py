"""Kedro I/O of Label Studio: where the server is, and the annotations that came from it."""

from typing import TYPE_CHECKING, Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from wordmend.datasets.base import PlaceDataset

if TYPE_CHECKING:
    from wordmend.labelstudio.annotations import AnnotatedTask
    from wordmend.labelstudio.connection import LabelStudioServer


class LabelStudioDataset(AbstractDataset["LabelStudioServer", "LabelStudioServer"]):
    """The server and the key to it, from the credentials; nothing is asked of it before a node does.

    Args:
        credentials: `url` and `api_key`.
        metadata: free notes of the catalog.
    """

    def __init__(self, credentials: dict[str, str | None], metadata: dict[str, Any] | None = None) -> None:
        self.url = credentials.get("url") or ""
        self._api_key = credentials.get("api_key")
        self.metadata = metadata

    def load(self) -> "LabelStudioServer":
        """Where it is, and the key."""
        from wordmend.labelstudio.connection import LabelStudioServer

        return LabelStudioServer(self.url, self._api_key)

    def save(self, data: "LabelStudioServer") -> NoReturn:
        """Refuse: it is set in the credentials."""
        raise DatasetError("the server is set in the credentials, not by a node")

    def _describe(self) -> dict[str, Any]:
        return {"url": self.url}


class AnnotationsDataset(PlaceDataset["list[AnnotatedTask]", "list[AnnotatedTask]"]):
    """Annotations, word for word; none where nothing was imported yet."""

    def load(self) -> "list[AnnotatedTask]":
        """Read and validate."""
        from wordmend.labelstudio.annotations import read_annotations

        return read_annotations(self.filepath)

    def save(self, data: "list[AnnotatedTask]") -> None:
        """Write as a whole."""
        from wordmend.labelstudio.annotations import write_annotations

        write_annotations(self.filepath, data)

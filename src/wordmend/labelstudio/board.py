"""A project as a board that tasks are put up on, once each, whatever the server does meanwhile."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from wordmend.errors import LabelStudioError
from wordmend.files import sha256_of
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer, connect, explained
from wordmend.labelstudio.pictures import lay_by_hash, name_of
from wordmend.labelstudio.projects import open_project
from wordmend.progress import progress

_CHUNK = 10  # tasks that are imported in one request
_ATTEMPTS = 5
_UPLOAD_ATTEMPTS = 3
_PAGE = 500
_FIELDS = "id,data,total_annotations,cancelled_annotations"

Item = TypeVar("Item")
Key = tuple[str, str]
"""Sample and hash of its picture: the same sample with another picture is another question."""


@dataclass(frozen=True)
class Board:
    """An open project.

    Tasks are known by `sample_id` and `image_sha256` of their data, on the server itself: so what was
    interrupted goes on where it was, and what comes twice does nothing.
    """

    client: LabelStudio
    server: LabelStudioServer
    project_id: int
    config: AnnotationExportConfig
    shown: Path
    """With `images: local_files`, where the server reads pictures."""

    @classmethod
    def open(
        cls,
        server: LabelStudioServer,
        title: str,
        label_config: str,
        annotations_folder: Path,
        config: AnnotationExportConfig,
    ) -> "Board":
        """Open the project of that title; it is made, or brought up to date, where it has to be.

        Raises:
            LabelStudioError: the server isn't there or refuses, or may not serve the folder of pictures.
        """
        client = connect(server)
        with explained(server, f"open the project {title!r}"):
            project = open_project(client, title, label_config, config.annotators)
        board = cls(client, server, project.id, config, (annotations_folder / "shown").resolve())
        if config.images == "local_files":
            board._let_it_read()
        return board

    @property
    def url(self) -> str:
        """Where people find it."""
        return f"{self.server.url.rstrip('/')}/projects/{self.project_id}/data"

    def there(self) -> tuple[set[Key], int]:
        """What was asked already, and how many of the tasks wait for their first answer."""
        with explained(self.server, "look which tasks there are"):
            return self._there()

    def put_up(self, tasks: list[dict[str, Any]]) -> None:
        """Import tasks in one request."""
        with explained(self.server, "put up tasks"):
            self._import_once(tasks)

    def put_up_all(self, items: Sequence[Item], task_of: Callable[[Item], dict[str, Any]]) -> None:
        """Make tasks and import them, some at a time: what was put up before a failure stays."""
        tasks = progress(map(task_of, items), "putting up tasks", total=len(items), unit="task")
        while chunk := list(islice(tasks, _CHUNK)):
            self.put_up(chunk)

    def take_down_unanswered(self) -> int:
        """Delete the tasks that nobody has answered or skipped; gives how many there were."""
        with explained(self.server, "take down tasks that nobody answered"):
            ids = [task.id for task in self._tasks() if not _is_answered(task)]
            for task_id in ids:
                self.client.tasks.delete(id=str(task_id))
        return len(ids)

    def address(self, path: Path) -> str:
        """Where the server shows a picture, which is brought there. Its name doesn't tell what it shows."""
        if self.config.images == "upload":
            with explained(self.server, f"upload {path.name}"):
                return self._uploaded(path)
        return f"/data/local-files/?d={lay_by_hash(path, self.shown).relative_to(self._root).as_posix()}"

    @property
    def _root(self) -> Path:
        return Path(self.config.document_root or "").resolve()

    def _there(self) -> tuple[set[Key], int]:
        asked: set[Key] = set()
        waiting = 0
        for task in self._tasks():
            data = task.data if isinstance(task.data, dict) else {}
            asked.add((str(data.get("sample_id")), str(data.get("image_sha256"))))
            waiting += not _is_answered(task)
        return asked, waiting

    def _tasks(self) -> Iterable[Any]:
        return self.client.tasks.list(
            project=self.project_id, fields="task_only", include=_FIELDS, page_size=_PAGE
        )

    def _import_once(self, tasks: list[dict[str, Any]]) -> None:
        """Import tasks; after a failure look which of them came through, and import the others."""
        for attempt in range(_ATTEMPTS):
            try:
                # not the SDK's own retries: a request whose answer was lost may have been carried out
                self.client.projects.import_tasks(
                    self.project_id,
                    request=tasks,  # type: ignore[arg-type]
                    request_options={"max_retries": 0},
                )
                return
            except (httpx.HTTPError, ApiError) as error:
                status = error.status_code if isinstance(error, ApiError) else None
                if attempt == _ATTEMPTS - 1 or (status is not None and status < 500):
                    raise
            time.sleep(2.0**attempt)
            there, _ = self._there()
            tasks = [t for t in tasks if (t["data"]["sample_id"], t["data"]["image_sha256"]) not in there]
            if not tasks:
                return

    def _uploaded(self, path: Path) -> str:
        """Send a picture. The SDK has no call for it, so its HTTP client with its key is used."""
        name = name_of(sha256_of(path))
        for attempt in range(_UPLOAD_ATTEMPTS):
            try:
                answer = self.client._client_wrapper.httpx_client.request(
                    f"api/projects/{self.project_id}/import",
                    method="POST",
                    params={"commit_to_project": "false"},
                    files={name: (name, path.read_bytes(), "image/png")},
                )
                if answer.status_code != 201:
                    raise ApiError(status_code=answer.status_code, body=answer.text)
                return f"/data/{self.client.files.get(answer.json()['file_upload_ids'][0]).file}"
            except httpx.TimeoutException:
                if attempt == _UPLOAD_ATTEMPTS - 1:
                    raise
                time.sleep(2.0**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _let_it_read(self) -> None:
        if not self.shown.is_relative_to(self._root) or self.shown == self._root:
            raise LabelStudioError(
                f"annotation_export.document_root is {self._root}, but pictures are shown from {self.shown}: "
                "set it, and the server's LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT, to a folder above that one"
            )
        self.shown.mkdir(parents=True, exist_ok=True)
        with explained(self.server, f"let it serve {self.shown}"):
            storages = self.client.import_storage.local.list(project=self.project_id)
            if not any(Path(storage.path or "") == self.shown for storage in storages):
                self.client.import_storage.local.create(
                    project=self.project_id, path=str(self.shown), use_blob_urls=True
                )


def _is_answered(task: Any) -> bool:
    return bool(task.total_annotations or task.cancelled_annotations)

"""Tasks out: samples are put up until as many as set wait for an answer; nothing is asked twice."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from wordmend.errors import LabelStudioError
from wordmend.files import atomic_path
from wordmend.labelstudio.annotations import picture_name
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer, connect, explained
from wordmend.labelstudio.labelling_config import labelling_config
from wordmend.labelstudio.projects import open_project
from wordmend.labelstudio.tasks import Question, task_of
from wordmend.progress import progress

CHUNK = 10
"""Tasks that are imported in one request."""
_ATTEMPTS = 5
_FIELDS = "id,data,total_annotations,cancelled_annotations"
_PAGE = 500

Key = tuple[str, str]
"""Sample and hash of its picture: the same sample with another picture is another question."""
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Export:
    """What an export did."""

    url: str
    """Where people comment."""
    project_id: int
    put_up: list[str]
    """Samples that were put up as tasks."""
    waiting: int
    """Tasks that nobody has answered yet, with those."""

    def as_dict(self) -> dict[str, Any]:
        """For the catalog."""
        return asdict(self)


def export_questions(
    server: LabelStudioServer,
    questions: Callable[[set[Key], int], Sequence[Question]],
    annotations_folder: Path,
    config: AnnotationExportConfig,
) -> Export:
    """Put up tasks in the project, which is made or brought up to date.

    Tasks are found again by sample and picture, on the server itself. So an export that was interrupted goes
    on where it was, and one that comes twice does nothing.

    Args:
        server: where.
        questions: gives, for what was asked already and a number, at most so many questions.
        annotations_folder: keeps a copy of every picture that is asked about, as restored images change.
        config: project, number of tasks, how pictures travel.

    Raises:
        LabelStudioError: the server isn't there, refuses, or fails again and again; what was put up stays.
    """
    client = connect(server)
    with explained(server, f"open the project {config.project!r}"):
        project = open_project(client, config.project, labelling_config(), config.annotators)
        asked, waiting = _tasks_there(client, project.id)
    chosen = list(questions(asked, max(0, config.samples - waiting)))
    address = _addresses(client, server, project.id, annotations_folder, config)
    chunks = [chosen[start : start + CHUNK] for start in range(0, len(chosen), CHUNK)]
    for chunk in progress(chunks, "putting up tasks", total=len(chunks), unit="chunk"):
        for question in chunk:
            _keep_picture(question, annotations_folder)
        tasks = [task_of(question, address) for question in chunk]
        with explained(server, "put up tasks"):
            _import_once(client, project.id, tasks)
    return Export(
        f"{server.url.rstrip('/')}/projects/{project.id}/data",
        project.id,
        [question.sample_id for question in chosen],
        waiting + len(chosen),
    )


def _tasks_there(client: LabelStudio, project_id: int) -> tuple[set[Key], int]:
    """What was asked already, and how many of the tasks wait for their first answer."""
    asked: set[Key] = set()
    waiting = 0
    tasks: Iterable[Any] = client.tasks.list(
        project=project_id, fields="task_only", include=_FIELDS, page_size=_PAGE
    )
    for task in tasks:
        data = task.data if isinstance(task.data, dict) else {}
        asked.add((str(data.get("sample_id")), str(data.get("image_sha256"))))
        waiting += not (task.total_annotations or task.cancelled_annotations)
    return asked, waiting


def _import_once(client: LabelStudio, project_id: int, tasks: list[dict[str, Any]]) -> None:
    """Import tasks; after a failure look which of them came through, and import the others."""
    for attempt in range(_ATTEMPTS):
        try:
            # not the SDK's own retries: a request whose answer was lost may have been carried out
            client.projects.import_tasks(
                project_id,
                request=tasks,  # type: ignore[arg-type]
                request_options={"max_retries": 0},
            )
            return
        except (httpx.HTTPError, ApiError) as error:
            lasting = (
                isinstance(error, ApiError) and error.status_code is not None and error.status_code < 500
            )
            if lasting or attempt == _ATTEMPTS - 1:
                raise
        time.sleep(2.0**attempt)
        there, _ = _tasks_there(client, project_id)
        tasks = [t for t in tasks if (t["data"]["sample_id"], t["data"]["image_sha256"]) not in there]
        if not tasks:
            return


def _keep_picture(question: Question, annotations_folder: Path) -> None:
    target = annotations_folder / picture_name(question.image_sha256)
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(target) as temporary:
            shutil.copyfile(question.picture, temporary)


def _addresses(
    client: LabelStudio,
    server: LabelStudioServer,
    project_id: int,
    annotations_folder: Path,
    config: AnnotationExportConfig,
) -> Callable[[Path], str]:
    """How the server shows a file: sent to it, or read from disk by it."""
    if config.images == "upload":
        return lambda path: _uploaded(client, server, project_id, path)
    root = Path(config.document_root or "").resolve()
    folder = (annotations_folder / "shown").resolve()
    if not folder.is_relative_to(root) or folder == root:
        raise LabelStudioError(
            f"annotation_export.document_root is {root}, but pictures are shown from {folder}: "
            "set it, and the server's LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT, to a folder above that one"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with explained(server, f"let it serve {folder}"):
        storages = client.import_storage.local.list(project=project_id)
        if not any(Path(storage.path or "") == folder for storage in storages):
            client.import_storage.local.create(project=project_id, path=str(folder), use_blob_urls=True)
    return lambda path: _linked(path, folder, root)


def _uploaded(client: LabelStudio, server: LabelStudioServer, project_id: int, path: Path) -> str:
    """Send a picture. The SDK has no call for it, so its HTTP client with its key is used."""
    wrapper = client._client_wrapper
    with explained(server, f"upload {path.name}"):
        for wait in (*_waits(), None):
            try:
                answer = wrapper.httpx_client.request(
                    f"api/projects/{project_id}/import",
                    method="POST",
                    params={"commit_to_project": "false"},
                    files={path.name: (path.name, path.read_bytes(), "image/png")},
                )
                if answer.status_code != 201:
                    raise ApiError(status_code=answer.status_code, body=answer.text)
                return f"/data/{client.files.get(answer.json()['file_upload_ids'][0]).file}"
            except httpx.TimeoutException:
                if wait is None:
                    raise
                time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _waits() -> Iterator[float]:
    return (2.0**attempt for attempt in range(2))


def _linked(path: Path, folder: Path, root: Path) -> str:
    """Lay a picture where the server reads it, named by what is in it."""
    from wordmend.labelstudio.tasks import sha256_of

    target = folder / f"{sha256_of(path)[:16]}.png"
    if not target.is_file():
        with atomic_path(target) as temporary:
            shutil.copyfile(path, temporary)
    return f"/data/local-files/?d={target.relative_to(root).as_posix()}"

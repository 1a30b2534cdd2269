"""Annotations in: what is new, changed and deleted on the server since the last time."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from label_studio_sdk import LabelStudio
from pydantic import ValidationError

from wordmend.errors import LabelStudioError
from wordmend.labelstudio.annotations import AnnotatedTask, Annotation, read_annotations
from wordmend.labelstudio.connection import LabelStudioServer, connect, explained
from wordmend.labelstudio.projects import find_project
from wordmend.progress import progress

_PAGE = 500
_OVERLAP = timedelta(seconds=5)  # transactions that end after later ones

_IDS: dict[str, Any] = {"fields": "task_only", "include": "id"}


@dataclass(frozen=True)
class Import:
    """What an import found."""

    tasks: list[AnnotatedTask]
    """All tasks that were answered or skipped, those of other projects as they were."""
    new: int
    changed: int
    deleted: int
    unreadable: list[str]
    """Tasks that are not of ours, and why."""


def import_annotations(
    server: LabelStudioServer,
    file: Path,
    title: str,
    *,
    accept_deletions: bool = False,
    must_exist: bool = True,
) -> Import:
    """Fetch the annotations of a project that changed since those in `file`.

    Nothing is written. Coming twice, it finds the same. Annotations of another project, or of one of this
    name on another server, are left as they are.

    Args:
        server: where.
        file: what was imported before.
        title: of the project.
        accept_deletions: also when most of what was imported before is gone.
        must_exist: else a project that isn't there changes nothing.

    Raises:
        LabelStudioError: the server isn't there or refuses, there is no such project, or most of what was
            imported before is gone.
        TableError: `file` is damaged.
    """
    known = read_annotations(file)
    client = connect(server)
    with explained(server, f"find the project {title!r}"):
        project = find_project(client, title)
    if project is None:
        if not must_exist:
            return Import(known, 0, 0, 0, [])
        raise LabelStudioError(
            f"{server.url}: there is no project called {title!r}; put up tasks with "
            "`kedro run --pipelines=annotation_export`, or set annotation_import.project"
        )
    name = f"{server.url.rstrip('/')}/projects/{project.id} {_moment(project.created_at).isoformat()}"
    others = [task for task in known if task.project != name]
    before = {task.task_id: task for task in known if task.project == name}
    since = max((task.updated_at for task in before.values()), default=None)
    with explained(server, f"import annotations of {title!r}"):
        people = {user.id: user.email for user in client.users.list()}
        tasks: Iterable[Any] = client.tasks.list(project=project.id, page_size=2 * _PAGE, **_IDS)
        there = {task.id for task in tasks}
        fetched = {}
        unreadable = []
        changed_tasks = _changed_tasks(client, project.id, None if since is None else since - _OVERLAP)
        for task in progress(changed_tasks, "importing annotations", unit="task"):
            try:
                fetched[task.id] = _annotated(task, name, people)
            except (ValidationError, KeyError, TypeError, ValueError) as error:
                reason = " ".join(str(error).split())[:200]
                unreadable.append(f"task {task.id}: not made by annotation_export, or damaged ({reason})")
    kept = {task_id: task for task_id, task in before.items() if task_id in there}
    after = {task_id: task for task_id, task in (kept | fetched).items() if task.annotations}
    lost = before.keys() - after.keys()
    if len(lost) > max(3, len(before) // 2) and not accept_deletions:
        raise LabelStudioError(
            f"{server.url}: {len(lost)} of {len(before)} annotated tasks of {title!r} that were imported "
            "before are gone. Nothing was changed. If that is meant, set "
            "annotation_import.accept_deletions: true"
        )
    return Import(
        others + list(after.values()),
        new=len(after.keys() - before.keys()),
        changed=sum(after[task_id] != before[task_id] for task_id in after.keys() & before.keys()),
        deleted=len(lost),
        unreadable=unreadable,
    )


def _changed_tasks(client: LabelStudio, project_id: int, since: datetime | None) -> Iterator[Any]:
    query = None
    if since is not None:
        item = {
            "filter": "filter:tasks:updated_at",
            "operator": "greater",
            "type": "Datetime",
            "value": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        query = json.dumps({"filters": {"conjunction": "and", "items": [item]}})
    yield from client.tasks.list(project=project_id, fields="all", page_size=_PAGE, query=query)


def _annotated(task: Any, project: str, people: dict[int, str]) -> AnnotatedTask:
    data = task.data
    predictions = [_plain(prediction) for prediction in task.predictions or []]
    return AnnotatedTask(
        project=project,
        task_id=task.id,
        sample_id=data["sample_id"],
        pair_id=data["pair_id"],
        kind=data["kind"],
        image_sha256=data["image_sha256"],
        updated_at=_moment(task.updated_at),
        suggestions=[result for prediction in predictions for result in prediction.get("result") or []],
        annotations=sorted(
            (_annotation(_plain(annotation), people) for annotation in task.annotations or []),
            key=lambda annotation: annotation.annotation_id,
        ),
    )


def _annotation(raw: dict[str, Any], people: dict[int, str]) -> Annotation:
    person = raw.get("completed_by")
    if isinstance(person, dict):
        person = person.get("id")
    return Annotation(
        annotation_id=raw["id"],
        annotator=people.get(person) or f"user {person}",  # type: ignore[arg-type]
        created_at=_moment(raw["created_at"]),
        updated_at=_moment(raw["updated_at"]),
        skipped=bool(raw.get("was_cancelled")),
        lead_time=raw.get("lead_time"),
        result=raw.get("result") or [],
    )


def _plain(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else value.model_dump(mode="json")


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC)

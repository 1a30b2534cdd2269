"""What people answered in a project, fetched from the server."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from label_studio_sdk import LabelStudio
from pydantic import ValidationError

from wordmend.labelstudio.annotations import AnnotatedTask, Annotation
from wordmend.labelstudio.connection import LabelStudioServer
from wordmend.labelstudio.projects import find_project

_PAGE = 500
_OVERLAP = timedelta(seconds=5)  # transactions that end after later ones

_IDS: dict[str, Any] = {"fields": "task_only", "include": "id"}


@dataclass(frozen=True)
class ProjectReader:
    """Reads the tasks of a project."""

    client: LabelStudio
    project_id: int
    name: str
    """Address, id and birth: another project with the same id is another one."""

    @classmethod
    def find(cls, server: LabelStudioServer, client: LabelStudio, title: str) -> Self | None:
        """The reader of the project with that title; None where there is none."""
        project = find_project(client, title)
        if project is None:
            return None
        birth = _moment(project.created_at).isoformat()
        return cls(client, project.id, f"{server.url.rstrip('/')}/projects/{project.id} {birth}")

    def task_ids(self) -> set[int]:
        """Of all tasks, answered or not."""
        tasks: Iterable[Any] = self.client.tasks.list(project=self.project_id, page_size=2 * _PAGE, **_IDS)
        return {task.id for task in tasks}

    def newest(self) -> datetime | None:
        """When a task was changed last; None where there is no task."""
        query = json.dumps({"ordering": ["-tasks:updated_at"]})
        tasks: Iterable[Any] = self.client.tasks.list(project=self.project_id, page_size=1, query=query)
        return next((_moment(task.updated_at) for task in tasks), None)

    def changed(self, since: datetime | None) -> Iterator[AnnotatedTask | str]:
        """Tasks that changed since then, and some of shortly before; for what is no task of ours, why."""
        query = None
        if since is not None:
            item = {
                "filter": "filter:tasks:updated_at",
                "operator": "greater",
                "type": "Datetime",
                "value": (since - _OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            }
            query = json.dumps({"filters": {"conjunction": "and", "items": [item]}})
        people: dict[int, str] | None = None
        tasks: Iterable[Any] = self.client.tasks.list(
            project=self.project_id, fields="all", page_size=_PAGE, query=query
        )
        for task in tasks:
            if people is None:
                people = {user.id: user.email for user in self.client.users.list()}
            try:
                yield _annotated(task, self.name, people)
            except (ValidationError, KeyError, TypeError, ValueError) as error:
                reason = " ".join(str(error).split())[:200]
                yield f"task {task.id}: not made by annotation_export, or damaged ({reason})"


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

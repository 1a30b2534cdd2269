"""Annotations as they were on the server: kept word for word, so that nothing needs the server again."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wordmend.comments.entry import Kind
from wordmend.errors import TableError
from wordmend.files import atomic_path


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Annotation(_Kept):
    """What one person answered to one task."""

    annotation_id: int
    annotator: str
    """E-mail address, or `user <id>`."""
    created_at: datetime
    updated_at: datetime
    skipped: bool
    lead_time: float | None
    """Seconds that the person took."""
    result: list[dict[str, Any]]
    """As Label Studio gave it."""


class AnnotatedTask(_Kept):
    """A task that somebody answered or skipped."""

    project: str
    """Address, id and birth of the project: another one with the same id is another one."""
    task_id: int
    sample_id: str = Field(min_length=1)
    pair_id: str | None
    kind: Kind
    image_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the picture that was commented on: the sample's image may be another one by now."""
    updated_at: datetime
    suggestions: list[dict[str, Any]]
    """The results that were shown as suggestions."""
    annotations: list[Annotation]


def read_annotations(path: Path) -> list[AnnotatedTask]:
    """The tasks of a file; none where there is no file.

    Raises:
        TableError: the file is damaged; names it and the place.
    """
    if not path.is_file():
        return []
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))["tasks"]
        return [AnnotatedTask.model_validate(task) for task in tasks]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValidationError) as error:
        reason = " ".join(str(error).split())
        raise TableError(
            f"{path}: not a file of annotations ({reason[:300]}); delete it and import them again"
        ) from error


def write_annotations(path: Path, tasks: list[AnnotatedTask]) -> None:
    """Write tasks in the order of project and id, whole or not at all."""
    ordered = sorted(tasks, key=lambda task: (task.project, task.task_id))
    content = {"version": 1, "tasks": [task.model_dump(mode="json") for task in ordered]}
    with atomic_path(path) as temporary:
        temporary.write_text(
            json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
        )

"""Annotations in: what is new, changed and deleted on the server since the last time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wordmend.errors import LabelStudioError
from wordmend.labelstudio.annotations import AnnotatedTask, read_annotations
from wordmend.labelstudio.connection import LabelStudioServer, connect, explained
from wordmend.labelstudio.fetching import ProjectReader
from wordmend.progress import progress


@dataclass(frozen=True)
class Import:
    """What an import found."""

    tasks: list[AnnotatedTask]
    """All tasks that were answered or skipped, those of other projects as they were."""
    new: int = 0
    changed: int = 0
    deleted: int = 0
    unreadable: tuple[str, ...] = ()
    """Tasks that are not of ours, and why."""


def import_annotations(
    server: LabelStudioServer,
    file: Path,
    titles: Sequence[str],
    *,
    accept_deletions: bool = False,
    must_exist: bool = True,
) -> Import:
    """Fetch the annotations of some projects that changed since those in `file`.

    Nothing is written. Coming twice, it finds the same. Annotations of other projects, or of one of this
    name on another server, are left as they are.

    Args:
        server: where.
        file: what was imported before.
        titles: of the projects; those that aren't there are passed over.
        accept_deletions: also when most of what was imported before is gone.
        must_exist: one of the projects must be there, else none changes nothing.

    Raises:
        LabelStudioError: the server isn't there or refuses, there is no such project, or most of what was
            imported before is gone.
        TableError: `file` is damaged.
    """
    found = Import(read_annotations(file))
    client = connect(server)
    there = False
    for title in titles:
        with explained(server, f"find the project {title!r}"):
            reader = ProjectReader.find(server, client, title)
        if reader is not None:
            with explained(server, f"import annotations of {title!r}"):
                found = _import(found, reader, title, server.url, accept_deletions)
            there = True
    if not there and must_exist:
        raise LabelStudioError(
            f"{server.url}: there is no project called {titles[0]!r}; put up tasks with "
            "`kedro run --pipelines=annotation_export`, or set annotation_import.project"
        )
    return found


def _import(before: Import, reader: ProjectReader, title: str, url: str, accept_deletions: bool) -> Import:
    others = [task for task in before.tasks if task.project != reader.name]
    known = {task.task_id: task for task in before.tasks if task.project == reader.name}
    there = reader.task_ids()
    fetched: dict[int, AnnotatedTask] = {}
    unreadable = list(before.unreadable)
    changed = reader.changed(max((task.updated_at for task in known.values()), default=None))
    for task in progress(changed, f"importing annotations of {title}", unit="task"):
        if isinstance(task, str):
            unreadable.append(task)
        else:
            fetched[task.task_id] = task
    kept = {task_id: task for task_id, task in known.items() if task_id in there}
    after = {task_id: task for task_id, task in (kept | fetched).items() if task.annotations}
    lost = known.keys() - after.keys()
    if len(lost) > max(3, len(known) // 2) and not accept_deletions:
        raise LabelStudioError(
            f"{url}: {len(lost)} of {len(known)} annotated tasks of {title!r} that were imported "
            "before are gone. Nothing was changed. If that is meant, set "
            "annotation_import.accept_deletions: true"
        )
    return Import(
        others + list(after.values()),
        new=before.new + len(after.keys() - known.keys()),
        changed=before.changed
        + sum(after[task_id] != known[task_id] for task_id in after.keys() & known.keys()),
        deleted=before.deleted + len(lost),
        unreadable=tuple(unreadable),
    )

"""The project that people comment in."""

from collections.abc import Iterable
from typing import Any

from label_studio_sdk import LabelStudio

from wordmend.errors import LabelStudioError

_DESCRIPTION = "Comments on restored pictures, for the training of the next restorer."


def find_project(client: LabelStudio, title: str) -> Any | None:
    """The project of that title, None where there is none.

    Raises:
        LabelStudioError: several have it.
    """
    projects: Iterable[Any] = client.projects.list(title=title)
    found = [project for project in projects if project.title == title]
    if len(found) > 1:
        ids = ", ".join(str(project.id) for project in found)
        raise LabelStudioError(
            f"Label Studio has {len(found)} projects called {title!r} (ids {ids}); rename all but one of them"
        )
    return found[0] if found else None


def open_project(client: LabelStudio, title: str, label_config: str, annotators: int) -> Any:
    """The project of that title with that labelling configuration, made or brought up to date."""
    settings: dict[str, Any] = {
        "label_config": label_config,
        "maximum_annotations": annotators,
        "show_collab_predictions": True,
        "show_skip_button": True,
        "enable_empty_annotation": True,  # else Submit is out of reach while words are typed alone
    }
    project = find_project(client, title)
    if project is None:
        return client.projects.create(title=title, description=_DESCRIPTION, **settings)
    if any(getattr(project, name, None) != value for name, value in settings.items()):
        client.projects.update(id=project.id, **settings)
    return project

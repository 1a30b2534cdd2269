"""Nodes of annotation_import."""

import logging
from pathlib import Path

from wordmend.labelstudio.config import AnnotationImportConfig
from wordmend.pipelines.types import AnnotatedTask, LabelStudioServer

logger = logging.getLogger(__name__)


def fetch_annotations(
    label_studio: LabelStudioServer, annotations_folder: Path, config: AnnotationImportConfig
) -> list[AnnotatedTask]:
    """Bring in what is new, changed and deleted in Label Studio."""
    from wordmend.labelstudio.importing import import_annotations
    from wordmend.labelstudio.live import TITLE_SUFFIX

    file = annotations_folder / "annotations.json"
    titles = [config.project, config.project + TITLE_SUFFIX]
    found = import_annotations(label_studio, file, titles, accept_deletions=config.accept_deletions)
    for reason in found.unreadable:
        logger.warning(reason)
    logger.info("%d annotated tasks are new, %d changed, %d deleted", found.new, found.changed, found.deleted)
    return found.tasks


def fetch_judgements(
    label_studio: LabelStudioServer, annotations_folder: Path, config: AnnotationImportConfig
) -> list[AnnotatedTask]:
    """Bring in which of the restorers people found best, where they were asked."""
    from wordmend.labelstudio.importing import import_annotations
    from wordmend.labelstudio.judging import TITLE_SUFFIX

    found = import_annotations(
        label_studio,
        annotations_folder / "judgements.json",
        [config.project + TITLE_SUFFIX],
        accept_deletions=config.accept_deletions,
        must_exist=False,
    )
    logger.info(
        "%d side-by-side judgements are new, %d changed, %d deleted", found.new, found.changed, found.deleted
    )
    return found.tasks

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

    found = import_annotations(label_studio, annotations_folder / "annotations.json", config)
    for reason in found.unreadable:
        logger.warning(reason)
    logger.info("%d annotated tasks are new, %d changed, %d deleted", found.new, found.changed, found.deleted)
    return found.tasks

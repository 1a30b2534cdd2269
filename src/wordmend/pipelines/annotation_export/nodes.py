"""Nodes of annotation_export."""

import logging
from pathlib import Path
from typing import Any

from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.pipelines.types import DataFrame, LabelStudioServer, PairLibrary

logger = logging.getLogger(__name__)


def put_up_tasks(
    samples: DataFrame,
    measured: DataFrame,
    pairs: PairLibrary,
    data_folder: Path,
    models_folder: Path,
    annotations_folder: Path,
    label_studio: LabelStudioServer,
    config: AnnotationExportConfig,
) -> dict[str, Any]:
    """Ask people about quality samples, in Label Studio."""
    from wordmend.labelstudio.exporting import export_questions
    from wordmend.labelstudio.questions import questions_from

    questions = questions_from(samples, measured, pairs, data_folder, models_folder / "quality", config)
    export = export_questions(label_studio, questions, annotations_folder, config)
    logger.info(
        "%d tasks were put up, %d wait for an answer: %s", len(export.put_up), export.waiting, export.url
    )
    return export.as_dict()

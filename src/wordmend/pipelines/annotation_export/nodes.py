"""Nodes of annotation_export."""

import logging
from pathlib import Path
from typing import Any

from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.pipelines.types import DataFrame, LabelStudioServer, PairLibrary
from wordmend.training.restoration_config import Stage2Config

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


def put_up_judgements(
    pairs: PairLibrary,
    models_folder: Path,
    annotations_folder: Path,
    label_studio: LabelStudioServer,
    config: AnnotationExportConfig,
    stage2: Stage2Config,
    seed: int,
) -> dict[str, Any]:
    """Ask people which restorer is best on held-out pictures, once there are all three."""
    from wordmend.assessment.where_fault import in_use, load_beside
    from wordmend.labelstudio.candidates import candidates_from
    from wordmend.labelstudio.judging import put_up_judgements
    from wordmend.restorers.weights import CONFIG_NAME, fingerprint, load_restorer

    arms = ("stage1", "control", "stage2")
    if config.judgements == 0 or not all((models_folder / arm / CONFIG_NAME).is_file() for arm in arms):
        logger.info("no side-by-side judgements: there are not all of %s, or none are asked for", arms)
        return {"put_up": [], "waiting": 0}
    restorers = {arm: load_restorer(models_folder / arm) for arm in arms}
    weights = {arm: fingerprint(restorer.network) for arm, restorer in restorers.items()}
    restorers["stage2"] = in_use(restorers["stage2"], load_beside(models_folder), stage2.words_where)
    candidates = candidates_from(pairs, restorers, config.judgements, annotations_folder, seed)
    report = put_up_judgements(label_studio, candidates, weights, annotations_folder, config, seed)
    logger.info("%d side-by-side tasks were put up: %s", len(report["put_up"]), report["url"])
    return report

"""Nodes of stage2."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.pipelines.types import (
    DataFrame,
    LabelStudioServer,
    LivePeople,
    PairLibrary,
    QualityModel,
    Restorer,
)
from wordmend.training.restoration_config import Stage2Config


def find_words(
    pairs: PairLibrary, comments: DataFrame, config: Stage2Config, quality_language: dict[str, Any]
) -> DataFrame:
    """The target texts of every pair: from comments made earlier, else the preset."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.comments.target_table import targets_to_table, words_of_pairs

    words = words_of_pairs(pairs.pair_ids, comments, QualityLanguage(quality_language), config.words)
    return targets_to_table(words)


def meet_people(
    pairs: PairLibrary,
    samples: DataFrame,
    data_folder: Path,
    annotations_folder: Path,
    label_studio: LabelStudioServer,
    export: AnnotationExportConfig,
    config: Stage2Config,
    quality_language: dict[str, Any],
) -> AbstractContextManager[LivePeople | None]:
    """Get ready to ask people while stage 2 trains, where that is set; the server must be there then."""
    if not config.words.live:
        return nullcontext()
    from wordmend.comments.language import QualityLanguage
    from wordmend.labelstudio.live import LivePeople
    from wordmend.samples.quality_samples import picture_paths

    return LivePeople.open(
        label_studio,
        pairs,
        picture_paths(samples, data_folder),
        annotations_folder,
        QualityLanguage(quality_language),
        config.words,
        export,
    )


def train_on_words(
    pairs: PairLibrary,
    restorer: Restorer,
    quality_model: QualityModel,
    judges: list[QualityModel],
    words: DataFrame,
    samples: DataFrame,
    data_folder: Path,
    live_people: AbstractContextManager[LivePeople | None],
    checkpoints_folder: Path,
    config: Stage2Config,
    seed: int,
) -> tuple[Restorer, DataFrame, DataFrame, DataFrame, DataFrame, Restorer, DataFrame, DataFrame]:
    """Train stage 2 with its control; gives weights, curves, what guided which image, what the guard did."""
    from wordmend.assessment.where_fault import Beside
    from wordmend.comments.target_table import table_to_targets
    from wordmend.restorers.weights import fingerprint
    from wordmend.samples.quality_samples import picture_paths
    from wordmend.tracking import log_restorer, log_table, training_run
    from wordmend.training.stage2 import train_stage2

    targets, pictures = table_to_targets(words), picture_paths(samples, data_folder)
    data: dict[str, DataFrame | str] = {
        "pairs": pairs.table,
        "words": words,
        "restorer": fingerprint(restorer.network),
        "quality_model": fingerprint(quality_model),
    }
    judge = judges[0] if judges else None
    if judge is not None:
        data["judge"] = fingerprint(judge)
    with (
        training_run("stage2", config, seed, data, checkpoints_folder) as run,
        live_people as people,
    ):
        trained = train_stage2(
            pairs,
            restorer,
            quality_model,
            targets,
            pictures,
            config,
            seed,
            run,
            people,
            judge=judge,
        )
        control = trained.control
        assert control is not None, "it is trained unless told otherwise"
        beside = Beside(control.restorer, quality_model) if config.words_where == "fault" else None
        log_restorer(trained.restorer, "stage2", beside)
        log_restorer(control.restorer, "control")
        log_table(trained.visits, "visits")
        log_table(trained.guard, "guard")
    stage2, of_control = trained.training, control.training
    tables = (stage2.losses, stage2.validations, trained.visits, trained.guard)
    return (trained.restorer, *tables, control.restorer, of_control.losses, of_control.validations)

"""Nodes of clip_quality."""

from pathlib import Path
from typing import Any

from wordmend.pipelines.types import DataFrame, PairLibrary, QualityModel
from wordmend.training.quality_config import QualityTrainingConfig


def train_on_comments(
    samples: DataFrame,
    comments: DataFrame,
    data_folder: Path,
    checkpoints_folder: Path,
    config: QualityTrainingConfig,
    quality_language: dict[str, Any],
    seed: int,
) -> tuple[QualityModel, DataFrame, DataFrame, DataFrame]:
    """Train the quality model; gives weights, curves, and which comments it learned from."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.tracking import log_quality_model, training_run
    from wordmend.training.clip_quality import train_quality_model

    data = _learned_from(samples, comments, quality_language)
    with training_run("clip_quality", config, seed, data, checkpoints_folder) as run:
        language = QualityLanguage(quality_language)
        trained = train_quality_model(samples, comments, data_folder, config, seed, run, language)
        log_quality_model(trained.model)
    return trained.model, trained.training.losses, trained.training.validations, trained.uses


def train_judge_on_comments(
    samples: DataFrame,
    comments: DataFrame,
    data_folder: Path,
    checkpoints_folder: Path,
    config: QualityTrainingConfig,
    quality_language: dict[str, Any],
    seed: int,
) -> tuple[list[QualityModel], DataFrame]:
    """Train the judge, where one is wanted; gives it and its curve."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.tracking import log_quality_model, training_run
    from wordmend.training.judge import config_of_judge, train_judge

    if config.judge is None:
        return [], samples.iloc[:0].reindex(columns=["step"])
    own, language = config_of_judge(config.judge, config), QualityLanguage(quality_language)
    data = _learned_from(samples, comments, quality_language)
    with training_run("judge", own, seed, data, checkpoints_folder) as run:
        trained = train_judge(samples, comments, data_folder, config.judge, config, seed, run, language)
        log_quality_model(trained.model, "judge")
    return [trained.model], trained.training.losses


def measure_on_test_photographs(
    model: QualityModel,
    judges: list[QualityModel],
    samples: DataFrame,
    comments: DataFrame,
    data_folder: Path,
    pairs: PairLibrary,
    seed: int,
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """How well both models understand words, in figures, on comments and images of the test photographs."""
    from wordmend.quality.held_out import judge_on_held_out

    first, *others = (
        judge_on_held_out(one, samples, comments, data_folder, pairs, seed) for one in (model, *judges)
    )
    return first, others[0] if others else {}


def _learned_from(
    samples: DataFrame, comments: DataFrame, quality_language: dict[str, Any]
) -> dict[str, DataFrame | str]:
    """What a run of either model notes as its data."""
    from wordmend.config import fingerprint_of

    return {
        "samples": samples,
        "comments": comments,
        "quality_language": fingerprint_of(quality_language),
    }

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
    from wordmend.tracking import fingerprint_of, log_quality_model, training_run
    from wordmend.training.clip_quality import train_quality_model

    data: dict[str, DataFrame | str] = {"samples": samples, "comments": comments}
    data["quality_language"] = fingerprint_of(quality_language)
    with training_run("clip_quality", config, seed, data, checkpoints_folder) as run:
        language = QualityLanguage(quality_language)
        trained = train_quality_model(samples, comments, data_folder, config, seed, run, language)
        log_quality_model(trained.model)
    return trained.model, trained.training.losses, trained.training.validations, trained.uses


def judge_on_test_photographs(
    model: QualityModel,
    samples: DataFrame,
    comments: DataFrame,
    data_folder: Path,
    pairs: PairLibrary,
    seed: int,
) -> dict[str, float | None]:
    """How well words are understood, in figures, on comments and images of the test photographs."""
    from wordmend.quality.held_out import judge_on_held_out

    return judge_on_held_out(model, samples, comments, data_folder, pairs, seed)

"""Nodes of comments."""

from pathlib import Path
from typing import Any

from wordmend.pipelines.types import DataFrame, PairLibrary, RestoredLibrary
from wordmend.samples.config import CommentsConfig


def list_samples(
    pairs: PairLibrary, restored: RestoredLibrary, data_folder: Path, config: CommentsConfig, seed: int
) -> DataFrame:
    """List the images that are commented on."""
    from wordmend.samples.quality_samples import list_quality_samples

    return list_quality_samples(pairs, restored, config.samples, data_folder, seed)


def measure_comments(
    samples: DataFrame,
    pairs: PairLibrary,
    restored: RestoredLibrary,
    config: CommentsConfig,
    quality_language: dict[str, Any],
    seed: int,
) -> DataFrame:
    """Compare the samples with `gt` and put what is found into words."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.samples.measuring import measure_samples

    language = QualityLanguage(quality_language)
    return measure_samples(samples, pairs, restored, config.measured, language, seed)

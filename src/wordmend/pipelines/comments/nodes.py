"""Nodes of comments."""

import logging
from pathlib import Path
from typing import Any

from wordmend.pipelines.types import AnnotatedTask, DataFrame, PairLibrary, RestoredLibrary
from wordmend.samples.config import CommentsConfig

logger = logging.getLogger(__name__)


def list_samples(
    pairs: PairLibrary,
    restored: RestoredLibrary,
    annotations: list[AnnotatedTask],
    data_folder: Path,
    annotations_folder: Path,
    config: CommentsConfig,
    seed: int,
) -> DataFrame:
    """List the images that are commented on: the mix that is set, and what people were asked about."""
    from wordmend.labelstudio.people import with_annotated_samples
    from wordmend.samples.quality_samples import list_quality_samples

    samples = list_quality_samples(pairs, restored, config.samples, data_folder, seed)
    return with_annotated_samples(samples, annotations, data_folder, annotations_folder)


def measure_comments(
    samples: DataFrame,
    pairs: PairLibrary,
    data_folder: Path,
    config: CommentsConfig,
    quality_language: dict[str, Any],
    seed: int,
) -> DataFrame:
    """Compare the samples with `gt` and put what is found into words."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.samples.measuring import measure_samples

    language = QualityLanguage(quality_language)
    return measure_samples(samples, pairs, data_folder, config.measured, language, seed)


def read_people_comments(
    annotations: list[AnnotatedTask],
    samples: DataFrame,
    data_folder: Path,
    quality_language: dict[str, Any],
) -> tuple[DataFrame, DataFrame]:
    """Read people's annotations into comments, and note what could not be read."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.labelstudio.people import people_comments, problems_in

    comments, notes = people_comments(annotations, samples, data_folder, QualityLanguage(quality_language))
    for problem in problems_in(notes):
        logger.warning(problem)
    return comments, notes


def merge_all_comments(people: DataFrame, measured: DataFrame, samples: DataFrame) -> DataFrame:
    """Put both together; a person's words win over measured ones."""
    from wordmend.comments.table import merge_comments

    return merge_comments(people, measured[measured["sample_id"].isin(samples["sample_id"])])

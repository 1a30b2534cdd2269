"""Nodes of study."""

from functools import partial
from pathlib import Path
from typing import Any

from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pipelines.types import DataFrame, StudyProject
from wordmend.samples.config import CommentsConfig
from wordmend.study.config import StudyConfig
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration_config import Stage1Config, Stage2Config


def gather_project(
    photos_dir: str | None,
    pair_synthesis: PairSynthesisConfig,
    stage1: Stage1Config,
    comments: CommentsConfig,
    clip_quality: QualityTrainingConfig,
    stage2: Stage2Config,
    study: StudyConfig,
    quality_language: dict[str, Any],
) -> StudyProject:
    """Put together what the study is made of."""
    from wordmend.study.project import Project

    folder = None if photos_dir is None else Path(photos_dir)
    return Project(folder, pair_synthesis, stage1, comments, clip_quality, stage2, study, quality_language)


def train_and_measure(project: StudyProject, study_folder: Path) -> tuple[DataFrame, list[str]]:
    """Train and measure the arms as far as the time goes; gives the images' numbers and what is left."""
    from wordmend.study.run import run_study
    from wordmend.tracking import pipeline_run, training_run

    study = run_study(project, study_folder, partial(training_run, parent=pipeline_run()))
    return study.images, study.left_out


def sum_up(images: DataFrame, project: StudyProject) -> tuple[DataFrame, list[dict[str, Any]]]:
    """Compare the arms with the control, and tell which goals are reached; also into the MLflow run."""
    from wordmend.evaluation.goal import as_rows
    from wordmend.study.goals import goals_of
    from wordmend.study.summary import main_numbers, summarize_study
    from wordmend.tracking import log_metrics

    summary = summarize_study(images)
    log_metrics({"study": main_numbers(summary)})
    return summary, as_rows(goals_of(images, summary, project.arms))


def make_page(
    images: DataFrame,
    summary: DataFrame,
    goals: list[dict[str, Any]],
    left_out: list[str],
    project: StudyProject,
) -> str:
    """Write the page that a person opens; it and the tables go into the MLflow run, too."""
    from wordmend.evaluation.goal import Goal
    from wordmend.study.page import render_study
    from wordmend.study.photographs import changes_by_photograph
    from wordmend.study.summary import shares_used
    from wordmend.tracking import log_page, log_table, provenance

    found = [Goal(**goal) for goal in goals]
    photographs, shares = changes_by_photograph(images), shares_used(images)
    page = render_study(
        summary, photographs, shares, found, project.arms, left_out, project.parameters, provenance()
    )
    log_table(summary, "summary")
    log_page(page, "study.html")
    return page

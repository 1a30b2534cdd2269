"""Nodes of evaluation."""

from pathlib import Path
from typing import Any

from wordmend.evaluation.config import EvaluationConfig
from wordmend.evaluation.goal import Goal
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pipelines.types import AnnotatedTask, DataFrame, PairLibrary, QualityModel, Restorer
from wordmend.samples.config import CommentsConfig
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration_config import Stage1Config, Stage2Config


def measure_restorers(
    pairs: PairLibrary,
    stage1: Restorer,
    control: Restorer,
    stage2: Restorer,
    quality_model: QualityModel,
    comments: DataFrame,
    quality_language: dict[str, Any],
    config: Stage2Config,
) -> tuple[DataFrame, DataFrame]:
    """Measure inputs and restored images of the test split, whole and where comments were made."""
    from wordmend.assessment.where_fault import Beside, in_use
    from wordmend.comments.language import QualityLanguage
    from wordmend.evaluation.arms import measure_arms

    stage2 = in_use(stage2, Beside(control, quality_model), config.words_where)
    restorers = {"stage1": stage1, "control": control, "stage2": stage2}
    return measure_arms(pairs.split("test"), restorers, comments, QualityLanguage(quality_language))


def gather_metrics(per_image: DataFrame, quality: dict[str, Any]) -> dict[str, Any]:
    """The means that `metrics.json` promises; also into the MLflow run."""
    from wordmend.evaluation.arms import metrics_of
    from wordmend.tracking import log_metrics

    metrics = metrics_of(per_image, quality)
    log_metrics(metrics)
    return metrics


def decide_release(
    pairs: PairLibrary,
    stage1: Restorer,
    control: Restorer,
    stage2: Restorer,
    per_image: DataFrame,
    words: DataFrame,
    guard: DataFrame,
    config: EvaluationConfig,
    seed: int,
) -> dict[str, Any]:
    """Which restorer is the best, by the conditions of the release."""
    from wordmend.evaluation.arms import named_on
    from wordmend.evaluation.release import release_of
    from wordmend.restorers.weights import fingerprint

    restorers = {"stage1": stage1, "control": control, "stage2": stage2}
    weights = {arm: fingerprint(restorer.network) for arm, restorer in restorers.items()}
    named = named_on(pairs.split("test"), words)
    return release_of(per_image, named, guard, weights, config.release, seed)


def move_champion(
    release: dict[str, Any],
    pairs: PairLibrary,
    per_image: DataFrame,
    words: DataFrame,
    config: EvaluationConfig,
    seed: int,
) -> dict[str, Any]:
    """Give the best restorer the registry's alias `champion`, if it may have it, and tell why."""
    from wordmend.evaluation.arms import compare_with_champion
    from wordmend.mlflow_release import promote
    from wordmend.tracking import fingerprint

    def compare(champion: Restorer) -> list[Goal]:
        tests = pairs.split("test")
        return compare_with_champion(tests, champion, release["arm"], per_image, words, config.release, seed)

    return promote(release, fingerprint(pairs.table), compare)


def note_parameters(
    pair_synthesis: PairSynthesisConfig,
    stage1: Stage1Config,
    comments: CommentsConfig,
    clip_quality: QualityTrainingConfig,
    stage2: Stage2Config,
) -> dict[str, Any]:
    """Every parameter of the whole way with its value, defaults included."""
    configs = {
        "pair_synthesis": pair_synthesis,
        "stage1": stage1,
        "comments": comments,
        "clip_quality": clip_quality,
        "stage2": stage2,
    }
    return {name: config.model_dump(mode="json") for name, config in configs.items()}


def compare_people(
    people: DataFrame,
    measured: DataFrame,
    notes: DataFrame,
    judgements: list[AnnotatedTask],
    annotations_folder: Path,
    stage1: Restorer,
    control: Restorer,
    stage2: Restorer,
    quality_language: dict[str, Any],
) -> dict[str, Any]:
    """How far people agree with each other and with what was measured, and which restorer they prefer."""
    from wordmend.comments.language import QualityLanguage
    from wordmend.evaluation.people import sum_up_people
    from wordmend.evaluation.preferences import sum_up_judgements
    from wordmend.labelstudio.judgements import judgements_of, read_orders
    from wordmend.restorers.weights import fingerprint

    language = QualityLanguage(quality_language)
    restorers = {"stage1": stage1, "control": control, "stage2": stage2}
    weights = {arm: fingerprint(restorer.network) for arm, restorer in restorers.items()}
    judged = judgements_of(judgements, read_orders(annotations_folder), weights)
    summary = sum_up_people(people, measured, notes, language.finds_fault)
    return summary | {"judgement": sum_up_judgements(judged)}


def make_report(
    pairs: PairLibrary,
    stage1: Restorer,
    control: Restorer,
    stage2: Restorer,
    quality_model: QualityModel,
    per_image: DataFrame,
    trail: DataFrame,
    words: DataFrame,
    visits: DataFrame,
    guard: DataFrame,
    metrics: dict[str, Any],
    judge_metrics: dict[str, Any],
    people: dict[str, Any],
    release: dict[str, Any],
    promotion: dict[str, Any],
    stage1_losses: DataFrame,
    quality_losses: DataFrame,
    judge_losses: DataFrame,
    control_losses: DataFrame,
    stage2_losses: DataFrame,
    config: EvaluationConfig,
    stage2_config: Stage2Config,
    parameters: dict[str, Any],
    seed: int,
) -> str:
    """Write the page that a person opens."""
    from wordmend.assessment.where_fault import Beside, in_use
    from wordmend.comments.target_table import table_to_targets
    from wordmend.evaluation.arms import choose_examples, named_defects, show_trail
    from wordmend.evaluation.curves import history
    from wordmend.evaluation.guard import sum_up_guard
    from wordmend.evaluation.report import render_report
    from wordmend.evaluation.report_data import ReportData
    from wordmend.evaluation.words_used import sum_up_words
    from wordmend.tracking import provenance

    test_pairs = pairs.split("test")
    words_of_tests = table_to_targets(words[words["pair_id"].isin(test_pairs.pair_ids)])
    stage2 = in_use(stage2, Beside(control, quality_model), stage2_config.words_where)
    restorers = {"stage1": stage1, "control": control, "stage2": stage2}
    return render_report(
        ReportData(
            title=config.title,
            per_image=per_image,
            words_where=stage2_config.words_where,
            named=named_defects(words_of_tests),
            examples=choose_examples(test_pairs, restorers, per_image, words_of_tests, config.examples),
            quality=metrics["quality"],
            judge=judge_metrics,
            people=people,
            words_used=sum_up_words(visits),
            guard=sum_up_guard(guard),
            release=release | {"promotion": promotion},
            trail=show_trail(test_pairs, restorers, trail, visits, config.changes),
            curves={
                "Stage 1": {"stage 1": history(stage1_losses)},
                "Quality model and judge": {
                    "quality model": history(quality_losses),
                    "judge": history(judge_losses),
                },
                "Stage 2 and control": {
                    "control": history(control_losses),
                    "stage 2": history(stage2_losses),
                },
            },
            provenance=provenance() | {"seed": str(seed)},
            parameters=parameters,
            seed=seed,
        )
    )

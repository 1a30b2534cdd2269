"""What the trainings brought, on the test split: numbers and a report."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.evaluation.nodes import (
    compare_people,
    decide_release,
    gather_metrics,
    make_report,
    measure_restorers,
    move_champion,
    note_parameters,
)

RESTORERS = ["stage1_restorer", "control_restorer", "stage2_restorer"]
LOSSES = ["stage1_losses", "quality_losses", "judge_losses", "control_losses", "stage2_losses"]
PARAMETERS = ["pair_synthesis", "stage1", "comments", "clip_quality", "stage2"]


def create_pipeline() -> Pipeline:
    """Restore the test pairs with every restorer, measure, release the best, and write the report."""
    return Pipeline(
        [
            node(
                measure_restorers,
                ["pairs", *RESTORERS, "quality_model", "comments", "params:quality_language"]
                + ["params:stage2"],
                ["evaluation_images", "trail"],
            ),
            node(gather_metrics, ["evaluation_images", "quality_metrics"], "metrics"),
            node(
                compare_people,
                ["people_comments", "measured_comments", "annotation_notes", "judgements"]
                + ["annotations_folder", *RESTORERS, "params:quality_language"],
                "people_report",
            ),
            node(
                decide_release,
                ["pairs", *RESTORERS, "evaluation_images", "stage2_words", "stage2_guard"]
                + ["params:evaluation", "params:seed"],
                "release",
            ),
            node(
                move_champion,
                ["release", "pairs", "evaluation_images", "stage2_words", "params:evaluation", "params:seed"],
                "promotion",
            ),
            node(note_parameters, [f"params:{name}" for name in PARAMETERS], "parameters_used"),
            node(
                make_report,
                [
                    "pairs",
                    *RESTORERS,
                    "quality_model",
                    "evaluation_images",
                    "trail",
                    "stage2_words",
                    "stage2_visits",
                    "stage2_guard",
                    "metrics",
                    "judge_metrics",
                    "people_report",
                    "release",
                    "promotion",
                    *LOSSES,
                ]
                + ["params:evaluation", "params:stage2", "parameters_used", "params:seed"],
                "report",
            ),
        ]
    )

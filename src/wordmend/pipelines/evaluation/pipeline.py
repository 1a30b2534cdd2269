"""What the trainings brought, on the test split: numbers and a report."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.evaluation.nodes import gather_metrics, judge_restorers, make_report

RESTORERS = ["stage1_restorer", "control_restorer", "stage2_restorer"]


def create_pipeline() -> Pipeline:
    """Restore the test pairs with every restorer, measure, and write the report."""
    return Pipeline(
        [
            node(judge_restorers, ["pairs", *RESTORERS], ["evaluation_images", "test_pictures"]),
            node(gather_metrics, ["evaluation_images", "quality_metrics"], "metrics"),
            node(make_report, ["evaluation_images"], "report"),
        ]
    )

"""The quality model, and the judge, learn from comments how well words fit a picture."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.clip_quality.nodes import (
    measure_on_test_photographs,
    train_judge_on_comments,
    train_on_comments,
)


def create_pipeline() -> Pipeline:
    """Train the quality model and the judge, and measure them on held-out photographs."""
    return Pipeline(
        [
            node(
                train_on_comments,
                ["quality_samples", "comments", "data_folder", "checkpoints_folder"]
                + ["params:clip_quality", "params:quality_language", "params:seed"],
                ["quality_model", "quality_losses", "quality_validations", "quality_uses"],
            ),
            node(
                train_judge_on_comments,
                ["quality_samples", "comments", "data_folder", "checkpoints_folder"]
                + ["params:clip_quality", "params:quality_language", "params:seed"],
                ["judge", "judge_losses"],
            ),
            node(
                measure_on_test_photographs,
                ["quality_model", "judge", "quality_samples", "comments", "data_folder", "pairs"]
                + ["params:seed"],
                ["quality_metrics", "judge_metrics"],
            ),
        ]
    )

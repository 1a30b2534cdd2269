"""The quality model learns from comments how well words fit a picture."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.clip_quality.nodes import judge_on_test_photographs, train_on_comments


def create_pipeline() -> Pipeline:
    """Train the quality model and measure it on held-out photographs."""
    return Pipeline(
        [
            node(
                train_on_comments,
                ["quality_samples", "comments", "data_folder", "checkpoints_folder"]
                + ["params:clip_quality", "params:quality_language", "params:seed"],
                ["quality_model", "quality_losses", "quality_validations", "quality_uses"],
            ),
            node(
                judge_on_test_photographs,
                ["quality_model", "quality_samples", "comments", "data_folder", "pairs", "params:seed"],
                "quality_metrics",
            ),
        ]
    )

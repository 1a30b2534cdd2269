"""The quality model learns from comments how well words fit a picture."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.clip_quality.nodes import judge_quality_model, train_quality_model


def create_pipeline() -> Pipeline:
    """Train the quality model and measure it on held-out photographs."""
    return Pipeline(
        [
            node(
                train_quality_model,
                ["quality_samples", "comments", "data_folder", "params:clip_quality", "params:seed"],
                ["quality_model", "quality_losses", "quality_validations"],
            ),
            node(
                judge_quality_model,
                ["quality_model", "quality_samples", "comments", "data_folder", "pairs"]
                + ["params:clip_quality", "params:quality_language", "params:seed"],
                "quality_metrics",
            ),
        ]
    )

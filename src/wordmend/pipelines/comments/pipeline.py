"""Comments on the quality samples: measured ones, and those that people made."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.comments.nodes import list_quality_samples, measure_comments


def create_pipeline() -> Pipeline:
    """List the quality samples and comment on them."""
    return Pipeline(
        [
            node(list_quality_samples, ["pairs", "restored", "params:comments"], "quality_samples"),
            node(
                measure_comments,
                ["quality_samples", "pairs", "restored", "params:comments", "params:quality_language"]
                + ["params:seed"],
                "comments",
            ),
        ]
    )

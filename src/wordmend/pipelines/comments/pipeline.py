"""Comments on the quality samples, in one table whoever made them."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.comments.nodes import list_samples, measure_comments


def create_pipeline() -> Pipeline:
    """List the quality samples and comment on them."""
    return Pipeline(
        [
            node(
                list_samples,
                ["pairs", "restored", "data_folder", "params:comments", "params:seed"],
                "quality_samples",
            ),
            node(
                measure_comments,
                ["quality_samples", "pairs", "restored"]
                + ["params:comments", "params:quality_language", "params:seed"],
                "comments",
            ),
        ]
    )

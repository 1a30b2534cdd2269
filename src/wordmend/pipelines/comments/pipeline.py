"""Comments on the quality samples, in one table whoever made them."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.comments.nodes import (
    list_samples,
    measure_comments,
    merge_all_comments,
    read_people_comments,
)


def create_pipeline() -> Pipeline:
    """List the quality samples, measure comments on them, and merge them with what people said."""
    measure = node(
        measure_comments,
        ["quality_samples", "pairs", "data_folder"]
        + ["params:comments", "params:quality_language", "params:seed"],
        "measured_comments",
    )
    return Pipeline([measure]) + list_and_merge()


def list_and_merge() -> Pipeline:
    """What is done anew when people have said something: without measuring."""
    return Pipeline(
        [
            node(
                list_samples,
                ["pairs", "restored", "annotations", "data_folder", "annotations_folder"]
                + ["params:comments", "params:seed"],
                "quality_samples",
            ),
            node(
                read_people_comments,
                ["annotations", "quality_samples", "data_folder", "params:quality_language"],
                ["people_comments", "annotation_notes"],
            ),
            node(merge_all_comments, ["people_comments", "measured_comments", "quality_samples"], "comments"),
        ]
    )

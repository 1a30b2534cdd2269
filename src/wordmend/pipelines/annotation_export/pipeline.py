"""Restored images go to Label Studio, for people to comment on."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.annotation_export.nodes import put_up_judgements, put_up_tasks


def create_pipeline() -> Pipeline:
    """Put up tasks to comment on, and to judge side by side."""
    return Pipeline(
        [
            node(
                put_up_tasks,
                ["quality_samples", "measured_comments", "pairs", "data_folder", "models_folder"]
                + ["annotations_folder", "label_studio", "params:annotation_export"],
                "annotation_export_report",
            ),
            node(
                put_up_judgements,
                ["pairs", "models_folder", "annotations_folder", "label_studio"]
                + ["params:annotation_export", "params:stage2", "params:seed"],
                "judgement_export_report",
            ),
        ]
    )

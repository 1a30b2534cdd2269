"""What people said in Label Studio goes into the comments table."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.annotation_import.nodes import fetch_annotations, fetch_judgements
from wordmend.pipelines.comments.pipeline import list_and_merge


def create_pipeline() -> Pipeline:
    """Fetch annotations, and put them into the comments table before what was measured."""
    fetch = node(
        fetch_annotations, ["label_studio", "annotations_folder", "params:annotation_import"], "annotations"
    )
    judgements = node(
        fetch_judgements, ["label_studio", "annotations_folder", "params:annotation_import"], "judgements"
    )
    return Pipeline([fetch, judgements]) + list_and_merge()

"""The quality of a person's pictures is told, in numbers, in words and on a page."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.assess.nodes import tell_quality


def create_pipeline() -> Pipeline:
    """Assess a folder of pictures."""
    inputs = ["models_folder", "params:assess", "params:quality_language"]
    return Pipeline([node(tell_quality, inputs, "assessed_pictures")])

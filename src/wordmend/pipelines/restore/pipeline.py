"""Pictures of a person are mended with a trained restorer."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.restore.nodes import mend_pictures


def create_pipeline() -> Pipeline:
    """Mend a folder of pictures and videos."""
    inputs = ["models_folder", "known_release", "params:restore"]
    return Pipeline([node(mend_pictures, inputs, "restored_pictures")])

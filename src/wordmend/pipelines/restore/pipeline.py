"""Pictures of a person are mended with a trained restorer."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.restore.nodes import mend_pictures


def create_pipeline() -> Pipeline:
    """Mend a folder of pictures."""
    return Pipeline([node(mend_pictures, ["models_folder", "params:restore"], "restored_pictures")])

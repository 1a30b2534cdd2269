"""Trained weights are made ready for other programs and other people."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.export.nodes import export_weights

FACTS = ("pairs", "comments", "images", "metrics", "guard", "parameters")
LOSSES = ("stage1_losses", "control_losses", "stage2_losses")


def create_pipeline() -> Pipeline:
    """Write weights, ONNX file and model card."""
    known = [f"known_{name}" for name in ("release", *FACTS, *LOSSES)]
    return Pipeline([node(export_weights, ["models_folder", *known, "params:export"], "exported_files")])

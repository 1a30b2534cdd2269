"""Parameters of the export pipeline."""

from typing import Literal

from wordmend.config import Config


class ExportConfig(Config):
    """Which weights are made ready for other programs, and where they go."""

    weights: Literal["best", "stage1", "control", "stage2"] = "best"
    """Which restorer: of one training, or the best one that there is."""
    output: str = "data/07_model_output/export"
    """Folder for the files; others in it are left alone."""
    onnx: bool = True
    """Whether an ONNX file is written beside the safetensors."""

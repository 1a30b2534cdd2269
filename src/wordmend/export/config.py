"""Parameters of the export pipeline."""

from wordmend.config import Config


class ExportConfig(Config):
    """Which weights are made ready for other programs, and where they go."""

    weights: str = "champion"
    """Which restorer, named as in `restore.weights`."""
    output: str = "data/07_model_output/export"
    """Folder for the files; others in it are left alone."""
    onnx: bool = True
    """Whether an ONNX file is written beside the safetensors."""

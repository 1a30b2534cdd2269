"""A quality model as an MLflow model: pictures with texts in, similarities out."""

import base64
import tempfile
from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class QualityPythonModel(PythonModel):  # type: ignore[misc]  # mlflow is untyped here
    """Judges how well a text fits the quality of a picture."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the weights that were logged."""
        from wordmend.quality.weights import load_quality_model

        self.model = load_quality_model(Path(context.artifacts["quality"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: list[dict[str, str]],
        params: dict[str, Any] | None = None,
    ) -> list[float]:
        """Similarities in [0, 1].

        Args:
            context: not used.
            model_input: items with `image` (base64 of an image file) and `text`.
            params: none are known.
        """
        import torch

        from wordmend.images.reading import read_image
        from wordmend.images.tensors import to_tensor

        similarities = []
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            path = Path(folder) / "picture"
            for item in model_input:
                path.write_bytes(base64.b64decode(item["image"], validate=True))
                image = to_tensor(read_image(path))[None]
                vectors = self.model.encode_images(image), self.model.encode_texts([item["text"]])
                similarities.append(float(self.model.similarity(*vectors)))
        return similarities


set_model(QualityPythonModel())

"""A restorer as an MLflow model: pictures in, restored pictures out, as base64 of image files."""

import base64
import tempfile
from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class RestorerModel(PythonModel):  # type: ignore[misc]  # mlflow is untyped here
    """Restores pictures of any size."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the weights that were logged."""
        from wordmend.restorers.weights import load_restorer

        self.restorer = load_restorer(Path(context.artifacts["restorer"]))

    def predict(
        self, context: PythonModelContext, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[str]:
        """Restore pictures.

        Args:
            context: not used.
            model_input: pictures as base64 of JPEG, PNG, TIFF or WebP files.
            params: none are known.

        Returns:
            the restored pictures as base64 of PNG files.
        """
        from wordmend.images.reading import read_image
        from wordmend.images.writing import write_image
        from wordmend.restoration.tiling import restore_image

        restored = []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture"
            for picture in model_input:
                path.write_bytes(base64.b64decode(picture, validate=True))
                image = read_image(path, channels=self.restorer.config.channels)
                result = restore_image(self.restorer.network, image)
                write_image(path.with_suffix(".png"), result)
                restored.append(base64.b64encode(path.with_suffix(".png").read_bytes()).decode())
        return restored


set_model(RestorerModel())

"""A restorer as an MLflow model: pictures in, restored pictures out, as base64 of image files."""

import base64
from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class RestorerModel(PythonModel):  # type: ignore[misc]  # mlflow is untyped here
    """Restores pictures of any size."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the weights and the limits that were logged."""
        from wordmend.restorers.weights import load_restorer
        from wordmend.serving.limits import Limits

        self.restorer = load_restorer(Path(context.artifacts["restorer"]))
        self.limits = Limits.model_validate(context.model_config or {})

    def predict(
        self, context: PythonModelContext, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[str]:
        """Restore pictures.

        Args:
            context: not used.
            model_input: pictures as base64 of JPEG, PNG, TIFF, WebP, BMP or GIF files.
            params: none are known.

        Returns:
            the restored pictures as base64 of PNG files.

        Raises:
            AnswerError: a picture that can't be read or is beyond the limits; a restorer that fails.
        """
        from wordmend.images.channels import to_bytes
        from wordmend.images.writing import encode_png
        from wordmend.restoration.tiling import restore_image
        from wordmend.restorers.networks import network_of
        from wordmend.serving.requests import answered, check_count, read_picture

        config = self.restorer.config
        check_count(model_input, self.limits)
        restored = []
        for place, picture in enumerate(model_input, 1):
            image = read_picture(picture, place, self.limits, channels=config.channels)
            with answered(place):
                result = restore_image(
                    self.restorer.network,
                    image,
                    channels=config.channels,
                    multiple=network_of(config).multiple,
                )
            restored.append(base64.b64encode(encode_png(to_bytes(result))).decode())
        return restored


set_model(RestorerModel())

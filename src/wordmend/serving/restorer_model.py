"""A restorer as an MLflow model: pictures in, restored pictures out, as base64 of image files."""

import base64
from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class RestorerModel(PythonModel):  # type: ignore[misc]  # mlflow is untyped here
    """Restores pictures of any size as the `restore` pipeline does, with its default parameters."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the weights and the limits that were logged."""
        from wordmend.assessment.where_fault import beside_among, in_use
        from wordmend.restoration.picture_restorer import PictureRestorer
        from wordmend.restorers.weights import load_restorer
        from wordmend.serving.limits import Limits

        parts = {name: Path(path) for name, path in context.artifacts.items()}
        self.restorer = PictureRestorer(in_use(load_restorer(parts["restorer"]), beside_among(parts)))
        self.limits = Limits.model_validate(context.model_config or {})

    def predict(
        self, context: PythonModelContext, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[str]:
        """Restore pictures.

        Args:
            context: not used.
            model_input: pictures as base64 of JPEG, PNG, TIFF, WebP, BMP or GIF files, each of one picture.
            params: none are known.

        Returns:
            the restored pictures as base64 of PNG files, with depth, transparency and metadata of those that
            came in.

        Raises:
            AnswerError: a picture that can't be read or is beyond the limits; a restorer that fails.
        """
        from wordmend.serving.requests import check_count

        check_count(model_input, self.limits)
        return [self._restored(picture, place) for place, picture in enumerate(model_input, 1)]

    def _restored(self, picture: str, place: int) -> str:
        from wordmend.images.picture_writing import write_pictures
        from wordmend.serving.requests import answered, read_single_picture, received_file

        with received_file(picture, place, self.limits) as path:
            read = read_single_picture(path, self.limits)
            with answered(place):
                result = path.with_name("restored.png")
                write_pictures(result, [self.restorer.restore(read)])
                return base64.b64encode(result.read_bytes()).decode()


set_model(RestorerModel())

"""A quality model as an MLflow model: pictures with texts in, similarities out."""

from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class QualityPythonModel(PythonModel):  # type: ignore[misc]  # mlflow is untyped here
    """Judges how well a text fits the quality of a picture."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the weights and the limits that were logged."""
        from wordmend.quality.weights import load_quality_model
        from wordmend.serving.limits import Limits

        self.model = load_quality_model(Path(context.artifacts["quality"]))
        self.limits = Limits.model_validate(context.model_config or {})

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

        Raises:
            AnswerError: a picture or a text that can't be read or is beyond the limits.
        """
        import torch

        from wordmend.images.tensors import to_tensor
        from wordmend.quality.model import MIN_SIDE
        from wordmend.serving.requests import answered, check_count, part_of, read_picture, read_text

        check_count(model_input, self.limits)
        similarities = []
        for place, item in enumerate(model_input, 1):
            text = read_text(part_of(item, "text", place), place)
            image = read_picture(part_of(item, "image", place), place, self.limits, min_side=MIN_SIDE)
            with answered(place), torch.inference_mode():
                similarities.append(float(self.model(to_tensor(image)[None], [text])))
        return similarities


set_model(QualityPythonModel())

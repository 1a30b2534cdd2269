"""Where a training's numbers and pictures go."""

from typing import Protocol

from wordmend.images.channels import FloatImage


class TrainingLog(Protocol):
    """Where a training's numbers and pictures go while it runs. The training does not wait for it."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Log numbers of one step; those that it has already don't come twice."""

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Log a picture `(H, W, 3) float32` in [0, 1]."""

    def flush(self) -> None:
        """Bring what waits to where it is kept, if that can be done soon."""


class NoLog:
    """A log that keeps nothing."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Drop the numbers."""

    def picture(self, name: str, image: FloatImage, step: int) -> None:
        """Drop the picture."""

    def flush(self) -> None:
        """Nothing waits."""

"""What is told of a file that was restored."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RestoredFile:
    """What is told of a file that was restored."""

    pictures: int
    """How many are in it: pages, or frames of a video."""
    changes: tuple[str, ...]
    """What of the file the result doesn't have, or has otherwise, in words."""
    differences: tuple[float, ...]
    """How far each page is from its input: mean absolute difference in [0, 1]; of a video the mean of all."""

"""Parameters of the study."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from wordmend.config import Config
from wordmend.errors import ParameterError

Positive = Annotated[float, Field(gt=0)]


class StudyConfig(Config):
    """Which arms are compared, on which seeds, and how much time a command takes."""

    seeds: tuple[int, ...] = Field((0, 1, 2), min_length=1)
    """Everything is made anew for each: split of the photographs, pairs, weights, words."""
    minutes: float = Field(60.0, gt=0)
    """Wall time of one command, min; what doesn't fit is left to the next one."""
    workers: int | None = Field(None, ge=1, le=64)
    """Processes that train and measure at once, among which the cores are divided; null: on a CPU one a core,
    at most one a seed and as many as the free memory allows, and one beside a GPU."""
    test_pairs: int | None = Field(800, ge=1)
    """Image pairs of the test photographs, spread evenly over them (`pair_synthesis.test_pairs`): with more
    of them the numbers hang less on which they are; null: as many each as other photographs give."""
    text_weights: tuple[Positive, ...] = (0.003, 0.01)
    """`w_text` of the arms with the text loss alone, beside that of `stage2`."""
    sharpness_weights: tuple[Positive, ...] = (0.01, 0.03)
    """Weights of the sharpness loss without words, a rival."""
    unsharp: tuple[Positive, ...] = (0.15, 0.3, 0.5)
    """Strengths of the unsharp mask over the control's results, a rival, and over stage 2's."""
    unsharp_sigma: float = Field(1.5, gt=0)
    """Its standard deviation, px."""
    steering_seeds: int = Field(1, ge=0)
    """On so many of the first seeds, stage 2 is also trained with the words about one dimension alone."""

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for name in ("seeds", "text_weights", "sharpness_weights", "unsharp"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ParameterError(f"study: {name} {list(values)} names a value twice; name each once")
        return self

    @model_validator(mode="after")
    def _steering_has_its_seeds(self) -> Self:
        if self.steering_seeds > len(self.seeds):
            raise ParameterError(
                f"study: steering_seeds ({self.steering_seeds}) is more than there are seeds "
                f"({len(self.seeds)}): name more seeds, or set it to {len(self.seeds)}"
            )
        return self

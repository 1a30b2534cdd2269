"""Probabilities, ranges and relative frequencies: the kinds of numbers that degradations are drawn from."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from wordmend.config import Config

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0)]
FloatRange = tuple[float, float]
IntegerRange = tuple[int, int]


def within(low: float, high: float) -> AfterValidator:
    """A pydantic check of a (smallest, largest) range: in order, and inside [`low`, `high`]."""

    def check(limits: FloatRange) -> FloatRange:
        if limits[0] > limits[1]:
            raise ValueError(f"range {list(limits)}: the smallest value comes first, the largest second")
        if limits[0] < low or limits[1] > high:
            raise ValueError(f"range {list(limits)}: values must lie in [{low:g}, {high:g}]")
        return limits

    return AfterValidator(check)


class SharesConfig(Config):
    """Parameters with `*_share` fields: relative frequencies of kinds, of which one at least is above 0."""

    def shares(self) -> dict[str, float]:
        """Kind -> relative frequency."""
        return {
            name.removesuffix("_share"): getattr(self, name)
            for name in type(self).model_fields
            if name.endswith("_share")
        }

    @model_validator(mode="after")
    def _some_share(self) -> "SharesConfig":
        if not any(self.shares().values()):
            raise ValueError(f"all of {', '.join(self.shares())} have share 0: give one of them more than 0")
        return self

"""What has to hold, with the number that tells whether it does."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """One goal; `reached` is None where there is nothing to tell it by yet."""

    name: str
    reached: bool | None
    told: str


def as_rows(goals: Iterable[Goal]) -> list[dict[str, Any]]:
    """As plain values."""
    return [asdict(goal) for goal in goals]

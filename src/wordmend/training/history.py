"""How far a training is: its step, its curves, and whether it has ended."""

from collections import deque
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from wordmend.errors import ParameterError
from wordmend.training.config import LoopConfig
from wordmend.training.task import Ruling


class History:
    """All of a training's progress that is neither in the module nor in the optimizer.

    `losses` and `validations` are rows with a `step` and one number a name, `rulings` those of the guard.
    """

    def __init__(self, config: LoopConfig) -> None:
        self.config = config
        self.step = 0
        self.ended_by: str | None = None
        self.losses: list[dict[str, float]] = []
        self.validations: list[dict[str, float]] = []
        self.rulings: list[Ruling] = []
        self.since_log: list[dict[str, Tensor]] = []
        self.recent: deque[dict[str, Tensor]] = deque(maxlen=config.end_below_steps)

    def add(self, terms: dict[str, Tensor]) -> None:
        """Keep the terms of a step.

        Raises:
            ParameterError: a threshold is set for a loss that the task doesn't have.
        """
        unknown = set(self.config.end_below) - set(terms)
        if unknown:
            raise ParameterError(f"end_below names {sorted(unknown)}, but this training logs {sorted(terms)}")
        self.step += 1
        self.since_log.append(terms)
        if self.config.end_below:
            self.recent.append(terms)

    def add_means(self) -> dict[str, float]:
        """Add the means of the terms since the last time to the curves."""
        names = list(dict.fromkeys(name for terms in self.since_log for name in terms))
        means = {
            name: torch.stack([t[name].float() for t in self.since_log if name in t]).mean().item()
            for name in names
        }
        self.since_log = []
        self.losses.append({"step": self.step, **means})
        return means

    def end(self, wanted: bool) -> None:
        """Note what ends the training with this step, if anything does."""
        if wanted:
            self.ended_by = "person"
        elif self._below_thresholds():
            self.ended_by = "threshold"
        elif self.step == self.config.steps:
            self.ended_by = "steps"

    def _below_thresholds(self) -> bool:
        if not self.config.end_below or len(self.recent) < self.config.end_below_steps:
            return False
        return all(
            torch.stack([terms[name].float() for terms in self.recent]).mean().item() < threshold
            for name, threshold in self.config.end_below.items()
        )

    def state_dict(self) -> dict[str, Any]:
        """As tensors and plain values."""
        names = ("step", "ended_by", "losses", "validations", "since_log")
        state = {name: getattr(self, name) for name in names}
        return state | {"recent": list(self.recent), "rulings": [asdict(ruling) for ruling in self.rulings]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.recent.extend(state.pop("recent"))
        self.rulings = [Ruling(**ruling) for ruling in state.pop("rulings")]
        for name, value in state.items():
            setattr(self, name, value)

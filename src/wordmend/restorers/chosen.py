"""Weights that somebody chose, with what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from wordmend.restorers.weights import CONFIG_NAME, Restorer, fingerprint, load_restorer

TRAININGS = ("stage2", "control", "stage1")
"""Restorers in the models' folder: each was trained on from the ones after it, and is preferred to them."""


@dataclass(frozen=True)
class ChosenWeights:
    """A restorer by the name under which it was asked for."""

    restorer: Restorer
    called: str
    """What messages and manifests call it."""
    training: str | None = None
    """stage1, control or stage2; None where that isn't known."""
    lineage: Mapping[str, str] = field(default_factory=dict)
    """Model version, run, code and data, as far as they are known (`training_of`)."""
    trained: str | None = None
    """SHA-256 of the weights as they were trained; None: these are they."""
    control_share: float = 0.0
    """How much of their control they have taken in since."""

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the weights, as they were trained."""
        return self.trained or fingerprint(self.restorer.network)

    def lies_in(self, models_folder: Path) -> bool:
        """Whether these weights are the ones that their training left in the models' folder."""
        place = models_folder / (self.training or "")
        is_there = self.training in TRAININGS and (place / CONFIG_NAME).is_file()
        return is_there and fingerprint(load_restorer(place).network) == self.fingerprint

    @property
    def told(self) -> str:
        """In a line: name, training, network, fingerprint, version and run."""
        trained = self.training is not None and self.training not in self.called
        parts = [
            f"{self.called} ({self.training})" if trained else self.called,
            self.restorer.config.architecture,
            self.fingerprint,
        ]
        if "mlflow.model" in self.lineage:
            parts += [self.lineage["mlflow.model"], f"run {self.lineage['mlflow.run']}"]
        return ", ".join(parts)

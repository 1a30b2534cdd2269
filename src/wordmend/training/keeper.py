"""Writes the checkpoints of a training and goes on from them."""

import logging
import time
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model, save_model

from wordmend.errors import TrainingError, WordmendError
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.history import History
from wordmend.training.learner import Learner

logger = logging.getLogger(__name__)

_STATE = "state.pt"
_WEIGHTS = "model.safetensors"
_DAMAGE = (UnpicklingError, SafetensorError)


class Keeper:
    """Keeps a training as checkpoints; without any, it does nothing.

    Args:
        checkpoints: where they lie.
        learner: weights, optimizer, schedule.
        history: how far the training is.
    """

    def __init__(self, checkpoints: Checkpoints | None, learner: Learner, history: History) -> None:
        self.checkpoints = checkpoints
        self.learner = learner
        self.task = learner.task
        self.history = history
        self.saved = time.monotonic()

    def is_due(self) -> bool:
        """Whether the last one is long enough ago."""
        config, step = self.history.config, self.history.step
        by_steps = config.checkpoint_every is not None and step % config.checkpoint_every == 0
        return by_steps or time.monotonic() - self.saved > 60 * config.checkpoint_minutes

    def save(self) -> None:
        """Write a checkpoint: weights, and optimizer and random states (by Accelerate), and how far it is.

        Where it can't be written the training goes on all the same, with a warning.
        """
        if self.checkpoints is None:
            return
        gathered = self.learner.process_group.gather(self.task.state_dict())
        if not self.learner.process_group.is_main:
            return
        state = {
            "history": self.history.state_dict(),
            "learner": self.learner.state_dict(),
            "task": self.task.merged(gathered),
        }

        def fill(folder: Path) -> None:
            save_model(self.task.module, str(folder / _WEIGHTS))
            self.learner.accelerator.save_state(str(folder))
            torch.save(state, folder / _STATE)

        try:
            self.checkpoints.write(self.history.step, fill)
        except WordmendError as error:
            logger.warning("%s. %s goes on, without a checkpoint of step %d.", error, *self._place)
        self.saved = time.monotonic()

    def load(self) -> bool:
        """Go on from the newest checkpoint; False where there is none.

        Raises:
            TrainingError: it is damaged, or of another training.
        """
        folder = None if self.checkpoints is None else self.checkpoints.newest()
        if folder is None:
            return False
        device = self.learner.accelerator.device
        try:
            state = torch.load(folder / _STATE, weights_only=True, map_location=device)
            load_model(self.task.module, folder / _WEIGHTS)
            self.learner.accelerator.load_state(str(folder))
            self.learner.load_state_dict(state["learner"])
            self.history.load_state_dict(state["history"])
            if self.learner.process_group.is_main:
                self.task.load_state_dict(state["task"])
        except (OSError, RuntimeError, LookupError, ValueError, EOFError, *_DAMAGE) as error:
            reason = " ".join(str(error).split())[:200]
            raise TrainingError(
                f"{folder}: damaged ({reason}); delete {folder.parent} to start the training anew"
            ) from error
        if self.history.ended_by is None:
            logger.info("%s goes on after step %d", *self._place)
        return True

    def keep_last_good(self) -> Path | None:
        """Keep the weights alone, as they were before a step that failed; None: nothing is kept."""
        if self.checkpoints is None or not self.learner.process_group.is_main:
            return None
        path = self.checkpoints.folder / "last_good.safetensors"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_model(self.task.module, str(path))
        except (OSError, SafetensorError) as error:
            logger.warning("%s: the weights before the step that failed can't be written: %s", path, error)
            return None
        return path

    @property
    def _place(self) -> tuple[str, int]:
        return self.task.name, self.history.step

"""Exponential moving average of weights (EMA)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class WeightAverage:
    """The exponential moving average of a module's weights over the steps of its training.

    Args:
        module: whose weights; on its device already.
        decay: share of the average that a step leaves as it is.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module = module
        average = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
        self.averaged = AveragedModel(module, multi_avg_fn=average)

    def update(self) -> None:
        """Take in the weights of a step."""
        self.averaged.update_parameters(self.module)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Give the module its average weights while a block runs."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def weights(self) -> dict[str, Any]:
        """The average weights."""
        return self.averaged.module.state_dict()

    def replace(self, weights: dict[str, Any]) -> None:
        """Have other weights for the average."""
        self.averaged.module.load_state_dict(weights)

    def keep(self) -> None:
        """Give the module its average weights for good."""
        self.module.load_state_dict(self.weights())

    def state_dict(self) -> dict[str, Any]:
        """As tensors."""
        return self.averaged.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.averaged.load_state_dict(state)

    def _exchange(self) -> None:
        # buffers are those of the last step in both
        for one, other in zip(self.module.parameters(), self.averaged.module.parameters(), strict=True):
            one.data, other.data = other.data, one.data

"""Muon: momentum whose matrices are made orthogonal, and AdamW for all that is no matrix."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

_MOMENTUM = 0.95
_BETAS = (0.9, 0.95)
_LEAST_SIDE = 4
"""A thinner matrix has hardly more than one direction."""
_LARGEST_RATIO = 128
"""Of sides: the rows of a longer one are vectors of single words, not directions."""
_STEP_OF_ADAMW = 0.2
"""Root of the mean square of what AdamW changes a weight by, of its learning rate."""
_QUINTIC = (
    (4.0848, -6.8946, 2.9270),
    (3.9505, -6.3029, 2.6377),
    (3.7418, -5.5913, 2.3037),
    (2.8769, -3.1427, 1.2046),
    (2.8366, -3.0525, 1.2012),
)
"""Factors of X, X X' X and X X' X X' X in each of the five rounds."""


class Muon(torch.optim.Optimizer):
    """Gives all directions of a matrix that the momentum has the same length (K. Jordan et al., 2024).

    Matrices are weights of linear layers and of convolutions over several channels, `(out, in * h * w)`.
    Biases, scales, depthwise filters and tables of words go by AdamW. A step is as long as AdamW's
    (2502.16982), so that a learning rate means the same to both.

    PyTorch and timm have a Muon as well, but make matrices orthogonal in half precision, in which a CPU
    without instructions for it takes as long as for all the rest of a step of a small network.

    Args:
        parameters: groups with `params`, `lr` and `weight_decay`.
    """

    def __init__(self, parameters: Sequence[dict[str, Any]]) -> None:
        # fused: counts of steps are loaded to the device where they were
        super().__init__(parameters, {"lr": 0.001, "weight_decay": 0.0, "fused": True})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take a step down the gradients."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            given = [one for one in group["params"] if one.grad is not None]
            self._step_matrices([one for one in given if is_matrix(one)], group)
            self._step_others([one for one in given if not is_matrix(one)], group)
        return loss

    def _step_matrices(self, matrices: list[nn.Parameter], group: dict[str, Any]) -> None:
        alike: dict[tuple[int, ...], list[tuple[nn.Parameter, Tensor]]] = defaultdict(list)
        for one in matrices:
            gradient, state = one.grad, self.state[one]
            assert gradient is not None
            if not state:
                state["momentum"] = torch.zeros_like(one)
            state["momentum"].lerp_(gradient, 1 - _MOMENTUM)
            direction = gradient.lerp(state["momentum"], _MOMENTUM)  # Nesterov's
            alike[tuple(one.shape)].append((one, direction.flatten(1)))
        for shape, some in alike.items():  # those of one shape in one go: most are small
            directions = orthogonal(torch.stack([direction for _, direction in some]))
            length = group["lr"] * _STEP_OF_ADAMW * math.sqrt(max(directions.shape[1:]))
            for (one, _), direction in zip(some, directions, strict=True):
                one.mul_(1 - group["lr"] * group["weight_decay"])
                one.add_(direction.view(shape), alpha=-length)

    def _step_others(self, others: list[nn.Parameter], group: dict[str, Any]) -> None:
        for one in others:
            if not self.state[one]:
                self.state[one] = {
                    "step": torch.zeros((), device=one.device),
                    "exp_avg": torch.zeros_like(one),
                    "exp_avg_sq": torch.zeros_like(one),
                }
        states = [self.state[one] for one in others]
        adamw(
            list[Tensor](others),
            [one.grad for one in others if one.grad is not None],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            fused=True,
            amsgrad=False,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=1e-8,
            maximize=False,
        )


def is_matrix(weights: Tensor) -> bool:
    """Whether weights `(out, in, ...)` map several channels to several."""
    if weights.ndim < 2 or 1 in weights.shape[:2]:
        return False
    least, most = sorted((weights.shape[0], weights[0].numel()))
    return least >= _LEAST_SIDE and most <= _LARGEST_RATIO * least


def orthogonal(matrices: Tensor) -> Tensor:
    """About the nearest matrices whose singular values are the same, by Newton and Schulz's iteration.

    Args:
        matrices: `(N, rows, columns)`.

    Returns:
        The same shape; singular values are between .7 and 1.2, those of nothing stay 0.
    """
    x = matrices.float()
    turned = x.shape[1] > x.shape[2]
    x = x.mT if turned else x
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp(min=1e-7)
    for a, b, c in _QUINTIC:
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    found: Tensor = x.mT if turned else x
    return found.to(matrices.dtype)

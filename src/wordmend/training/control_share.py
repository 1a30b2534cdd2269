"""How much of the control is in stage 2's final weights."""

from collections.abc import Callable

import torch

from wordmend.restorers.interpolation import between, weights_between
from wordmend.restorers.weights import Restorer
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import Stage2Config

_SHARES = tuple(tenths / 10 for tenths in range(1, 11))


def take_in(restorer: Restorer, control: Restorer, share: float) -> None:
    """Give a restorer that words guided its final weights: so much of them is the control's."""
    restorer.network.load_state_dict(between(restorer, control, share).network.state_dict())


def least_share(at_least: float, suffices: Callable[[float], bool]) -> float:
    """The least share of the control with which something holds: `at_least`, or one of the tenths above it.

    They are asked about in their order; where none holds, it is all of the control.
    """
    tried = [at_least, *(share for share in _SHARES if share > at_least)]
    return next((share for share in tried if suffices(share)), 1.0)


@torch.no_grad()
def share_by_psnr(task: RestorationTask, control: Restorer, config: Stage2Config) -> float:
    """As much of the control as brings the validation pictures' PSNR near enough to the control's.

    Args:
        task: of stage 2, trained.
        control: trained as long.
        config: the least share, and the margin; without a margin the least share is it.
    """
    margin = config.control_margin
    if margin is None:
        return config.control_share
    task.to("cpu")  # where the training left the networks
    wanted = _psnr(task, control.network) - margin

    def suffices(share: float) -> bool:
        return _psnr(task, weights_between(task.module, control.network, share)) >= wanted

    return least_share(config.control_share, suffices)


def _psnr(task: RestorationTask, network: torch.nn.Module) -> float:
    return task.judge(task.restore_validation(network)).metrics["psnr"]

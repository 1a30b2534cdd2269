"""How a trained stage 2 is used: how much of its control is in its weights, and where it works."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from wordmend.progress import progress, progress_bar
from wordmend.restorers.config import Use
from wordmend.restorers.interpolation import between
from wordmend.restorers.weights import Restorer
from wordmend.training.controlled import ControlledTask
from wordmend.training.guard_measures import fidelity

_SHARES = tuple(tenths / 10 for tenths in range(11))
_SHARPNESS = tuple(part * Use().sharpness for part in (1.0, 0.5, 0.0))


@dataclass(frozen=True)
class Choice:
    """What validation pictures ask for."""

    control_share: float
    """Of the control's weights in the final ones."""
    use: Use
    """How these are used."""
    seen: dict[str, float]
    """What a validation finds of it."""


def used(stage2: Restorer, control: Restorer, choice: Choice) -> Restorer:
    """Stage 2 with its final weights, of its trained ones."""
    return replace(between(stage2, control, choice.control_share), use=choice.use)


@torch.no_grad()
def choose_use(
    task: ControlledTask, margin: float | None, trusts: Callable[[dict[str, float]], bool] | None = None
) -> Choice:
    """Find how much of what words did may be used.

    As much as leaves the validation pictures' PSNR, in the mean, at most a margin below the control's, and
    HaarPSI not lower; and that is trusted. First less of it restores what is at fault in sharpness alone, as
    that costs most; then more of the control is taken in, in tenths; all of it always does.

    Args:
        task: of stage 2 and the control, trained, on the device that they are to be tried on.
        margin: dB; None: neither PSNR nor HaarPSI is asked for.
        trusts: whether a guard trusts what a validation finds; None: all is trusted.
    """
    control = task.validate_control()
    gt = task.guided.validation_gt
    before = fidelity(control.restored, gt)
    shares = [task.control_share, *(share for share in _SHARES if share > task.control_share)]

    def suffices(restored: Tensor) -> dict[str, float] | None:
        lost = {name: float((before[name] - of).mean()) for name, of in fidelity(restored, gt).items()}
        if margin is not None and (lost["psnr"] > margin or lost["haarpsi"] > 0):
            return None
        seen = task.compare(restored, control).metrics
        return seen if trusts is None or trusts(seen) else None

    def chosen() -> Choice:
        for share in progress(shares, "how much of stage 2", total=len(shares), unit="share"):
            restored = task.restore_guided(share)
            for sharpness in _SHARPNESS if task.find_fault is not None else _SHARPNESS[:1]:
                seen = suffices(task.where_fault(restored, control, sharpness))
                if seen is not None:
                    return Choice(share, Use(sharpness=sharpness), seen)
        return Choice(1.0, Use(), task.compare(control.restored, control).metrics)

    def alone() -> float:
        """The least share with which the weights may work everywhere; more of it always may, too."""
        with progress_bar("its weights alone", total=len(shares).bit_length(), unit="share") as bar:

            def may(share: float) -> bool:
                bar.update()
                return suffices(task.restore_guided(share)) is not None

            return [*shares, 1.0][bisect_left(shares, True, key=may)]

    choice = chosen()
    share = choice.control_share
    if task.find_fault is None or share == 1:
        return choice
    further = max(0.0, (alone() - share) / (1 - share))
    return replace(choice, use=choice.use.model_copy(update={"alone": round(further, 4)}))

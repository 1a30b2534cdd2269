"""What a person is told when a step of a training fails."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from wordmend.errors import TrainingError

_SHOWN = 8


def refuse_not_finite(
    name: str, step: int, terms: Mapping[str, Tensor], pictures: Callable[[], Sequence[str]]
) -> None:
    """Nothing, where all terms of a step are finite.

    Args:
        name: of the training.
        step: the number of the step.
        terms: scalars.
        pictures: tells what the pictures of the batch are called.

    Raises:
        TrainingError: names the step, the terms that are not finite, and the batch.
    """
    values = torch.stack([value.detach().float() for value in terms.values()])
    if bool(values.isfinite().all()):  # the only time that a step waits for the device
        return
    broken = ", ".join(
        f"{term} = {value}"
        for term, value, finite in zip(terms, values.tolist(), values.isfinite().tolist(), strict=True)
        if not finite
    )
    raise TrainingError(
        f"{name}: not finite at step {step}: {broken}. The batch: {_listed(pictures())}. "
        "Look at these pictures; if they are fine, lower learning_rate, or set precision to 'no'"
    )


def out_of_memory(
    name: str, reason: str, pictures: int, accumulate: int, fits: Callable[[int], bool]
) -> TrainingError:
    """The error to raise where the memory is too small for a step.

    Args:
        name: of the training.
        reason: what PyTorch said.
        pictures: in a batch.
        accumulate: in how many parts it was worked on.
        fits: whether a step in so many parts fits; it is tried out.
    """
    larger = (min(accumulate << n, pictures) for n in range(1, pictures.bit_length() + 1))
    parts = next((parts for parts in larger if parts > accumulate and fits(parts)), None)
    if parts is not None:
        advice = f"accumulate: {parts} fits (tried out) and gives the same result, in more time"
    else:
        advice = "not even one picture at a time fits: lower the size of the pictures or of the network"
    return TrainingError(
        f"{name}: a step of {pictures} pictures in {accumulate} part(s) does not fit into memory; {advice}. "
        f"Lower batch_size, or the network's width, where accumulating is too slow ({reason})"
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more

"""Coring: a restorer touches every pixel a little; changes that nobody sees are not made."""

from torch import Tensor

_LEVELS = 255


def core(change: Tensor, least: float) -> Tensor:
    """Take small changes out, in place: what was good already stays as it was, value by value.

    A pixel whose channels all change by `least` or less isn't changed; from twice as much on it is in full,
    and between the two in part, so that no outline of what was left shows.

    Args:
        change: `(H, W, C)`, restored minus given, both in [0, 1].
        least: levels of 255; 0: all changes are made.
    """
    if not least:
        return change
    largest = change.abs().amax(dim=2, keepdim=True)
    return change.mul_((largest.mul_(_LEVELS / least) - 1).clamp_(0, 1))

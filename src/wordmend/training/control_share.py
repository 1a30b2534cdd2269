"""How much of the control is in stage 2's final weights."""

from collections.abc import Callable

from wordmend.progress import progress
from wordmend.restorers.interpolation import between
from wordmend.restorers.weights import Restorer

_SHARES = tuple(tenths / 10 for tenths in range(1, 11))


def take_in(restorer: Restorer, control: Restorer, share: float) -> None:
    """Give a restorer that words guided its final weights: so much of them is the control's."""
    restorer.network.load_state_dict(between(restorer, control, share).network.state_dict())


def least_share(at_least: float, suffices: Callable[[float], bool]) -> float:
    """The least share of the control with which something holds: `at_least`, or one of the tenths above it.

    They are asked about in their order; where none holds, it is all of the control.
    """
    tried = [at_least, *(share for share in _SHARES if share > at_least)]
    shares = progress(tried, "share of the control", total=len(tried), unit="share")
    return next((share for share in shares if suffices(share)), 1.0)

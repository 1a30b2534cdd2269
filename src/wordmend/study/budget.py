"""The wall time of one command of a study."""

from collections.abc import Callable, Iterable
from time import monotonic

from wordmend.study.kept import Kept, Thing


class Budget:
    """Says what still fits into the time of a command.

    Args:
        minutes: of wall time.
        clock: gives seconds.
    """

    def __init__(self, minutes: float, clock: Callable[[], float] = monotonic) -> None:
        self.minutes = minutes
        self._clock = clock
        self._began = clock()
        self._has_begun = False

    @property
    def spent(self) -> float:
        """Minutes since the command began."""
        return (self._clock() - self._began) / 60

    def allows(self, seconds: float | None) -> bool:
        """Whether something that takes so many seconds may begin; None: nobody knows.

        The first thing always may: however short the time is, the same command comes further.
        """
        fits = not self._has_begun or self.spent + (seconds or 0) / 60 < self.minutes
        self._has_begun |= fits
        return fits


def estimated_seconds(thing: Thing, seeds: Iterable[Kept]) -> float | None:
    """How long it will take, by the longest time that the like of it took; None where there is none."""
    known = [each for kept in seeds if (each := kept.seconds_each(thing.kind)) is not None]
    return thing.size * max(known) if known else None

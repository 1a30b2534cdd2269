"""People who are asked about restored images while a training goes on."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wordmend.comments.words import TargetText
from wordmend.images.channels import FloatImage


@dataclass(frozen=True)
class Shown:
    """A pair's picture is in front of people now."""

    pair_id: str


@dataclass(frozen=True)
class Answer:
    """What people say of a picture of a pair, all of it: it takes the place of what they said before."""

    pair_id: str
    picture: Path
    """The restored image that they looked at."""
    targets: tuple[TargetText, ...]
    """None where they skipped it, or named nothing to mend."""


class People(Protocol):
    """Where people are asked. Nothing here may take long: the training waits meanwhile."""

    def ask(self, pair_id: str, restored: FloatImage) -> None:
        """Show the restored image `(H, W, C)` of a pair, as soon as it can be."""

    def news(self) -> list[Shown | Answer]:
        """What happened since it was asked for last; of pairs that nobody was asked about, too."""


class Questions:
    """Which pairs people are asked about, and how long each is waited for (M14, patent 0240).

    The countdown of a pair begins when people can see it, and ends with their answer. Then the pair is due:
    it is trained on next, with their words or without. An answer that comes later is news all the same.

    Args:
        people: who is asked.
        countdown: seconds.
        at_most: questions without an answer, also after their countdown.
        clock: the time in seconds.
        unasked: pairs that nobody is asked about.
    """

    def __init__(
        self,
        people: People,
        countdown: float,
        at_most: int,
        clock: Callable[[], float] = time.monotonic,
        unasked: Collection[str] = (),
    ) -> None:
        self.people = people
        self.countdown = countdown
        self.at_most = at_most
        self.clock = clock
        self.unasked = unasked
        self.unanswered: set[str] = set()
        self.deadlines: dict[str, float] = {}
        self.due: deque[str] = deque()

    def may_ask(self, pair_id: str) -> bool:
        """Whether there is room for another question, and this one isn't asked already and may be at all."""
        has_room = pair_id not in self.unanswered and len(self.unanswered) < self.at_most
        return has_room and pair_id not in self.unasked

    def ask(self, pair_id: str, restored: FloatImage) -> None:
        """Ask about a pair; from now on it waits. If it can't be shown, the countdown counts from now on."""
        self.people.ask(pair_id, restored)
        self.unanswered.add(pair_id)
        self.deadlines[pair_id] = self.clock() + self.countdown

    def waits(self, pair_id: str) -> bool:
        """Whether its countdown is on."""
        return pair_id in self.deadlines

    def hear(self) -> Iterator[Answer]:
        """New answers; then what has waited long enough becomes due."""
        for event in self.people.news():
            if isinstance(event, Shown):
                if event.pair_id in self.deadlines:
                    self.deadlines[event.pair_id] = self.clock() + self.countdown
                continue
            self.unanswered.discard(event.pair_id)
            self._end_waiting(event.pair_id)
            yield event
        now = self.clock()
        for pair_id in [pair_id for pair_id, deadline in self.deadlines.items() if deadline <= now]:
            self._end_waiting(pair_id)

    def take_due(self, count: int) -> list[str]:
        """At most `count` pairs that are due, the earliest first; they are not any more then."""
        return [self.due.popleft() for _ in range(min(count, len(self.due)))]

    def _end_waiting(self, pair_id: str) -> None:
        if self.deadlines.pop(pair_id, None) is not None:
            self.due.append(pair_id)


class PairAgenda:
    """The questions as a sampler's agenda; `pair_ids` are those of the library, in its order."""

    def __init__(self, pair_ids: Sequence[str], questions: Questions) -> None:
        self.pair_ids = pair_ids
        self.index_of = {pair_id: index for index, pair_id in enumerate(pair_ids)}
        self.questions = questions

    def take_due(self, count: int) -> list[int]:
        """Places of pairs whose countdown is over."""
        return [self.index_of[pair_id] for pair_id in self.questions.take_due(count)]

    def waits(self, index: int) -> bool:
        """Whether somebody is looking at the pair."""
        return self.questions.waits(self.pair_ids[index])

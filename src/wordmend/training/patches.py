"""Phases of a training: how large the crops and the batches of its steps are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import Field

from wordmend.config import Config
from wordmend.errors import ParameterError


class PatchPhase(Config):
    """Steps on crops of one size, in batches of one size.

    Small crops in large batches first and large crops in small batches later take the same time a step, and
    the network still learns what large images look like: progressive learning (Restormer, 2111.09881).
    """

    until: float | None = Field(None, gt=0, lt=1)
    """The share of the steps after which the phase is over; null: it is the last."""
    size: int | None = Field(None, gt=0)
    """Side of the square crops, drawn anew at every visit of a pair, px; null: whole pairs."""
    batch_size: int = Field(gt=0)
    """Pairs a step."""


@dataclass(frozen=True)
class Phase:
    """A phase of a training of known length."""

    batch_size: int
    """Pairs a step."""
    size: int | None = None
    """Side of the square crops, px; None: whole pairs."""
    until: int | None = None
    """How many steps there are up to its end; None: all that are left."""


def phases_in_steps(patches: Sequence[PatchPhase], steps: int) -> list[Phase]:
    """The phases of a training of so many steps."""
    return [
        Phase(phase.batch_size, phase.size, None if phase.until is None else round(phase.until * steps))
        for phase in patches
    ]


def check_phases(patches: Sequence[PatchPhase]) -> None:
    """Refuse phases that don't follow each other up to the end.

    Raises:
        ParameterError: names the share that is out of order.
    """
    for number, (phase, following) in enumerate(pairwise(patches), 1):
        if phase.until is None:
            raise ParameterError(
                f"patches: phase {number} of {len(patches)} has no until, so that the next one would never "
                "come: give the share of the steps after which it is over for every phase but the last one"
            )
        if following.until is not None and following.until <= phase.until:
            raise ParameterError(
                f"patches: until {following.until:g} comes after until {phase.until:g}: "
                "it must rise from phase to phase"
            )
    if patches and patches[-1].until is not None:
        raise ParameterError(
            f"patches: the last phase has until {patches[-1].until:g}, and nothing comes after it: leave it "
            "out, or add a phase"
        )


def check_patches(phases: Sequence[Phase], pair_size: tuple[int, int], multiple: int) -> None:
    """Refuse crops that pairs are too small for, or that a network can't take.

    Args:
        phases: with the sizes of the crops.
        pair_size: height and width, px.
        multiple: what sides of the network's input must be multiples of.

    Raises:
        ParameterError: names the size and those that there can be.
    """
    largest = min(pair_size)
    for size in (phase.size for phase in phases if phase.size is not None):
        if size > largest:
            raise ParameterError(
                f"patches: size {size} is larger than the pairs, {pair_size[1]}x{pair_size[0]}: lower it to "
                f"{largest - largest % multiple} or less, leave patches empty ([]) to train on whole "
                "pairs, or make larger pairs (pair_synthesis.size)"
            )
        if size % multiple:
            raise ParameterError(
                f"patches: size {size} must be a multiple of {multiple} for this restorer: "
                f"set it to {size - size % multiple or multiple}, or leave patches empty ([]) to train on "
                "whole pairs"
            )


def phase_of(phases: Sequence[Phase], step: int) -> Phase:
    """The phase that a step is in, counted from 0; the last one has no end."""
    return next((p for p in phases[:-1] if p.until is not None and step < p.until), phases[-1])


def samples_before(phases: Sequence[Phase], step: int) -> int:
    """How many samples the steps before one take, which is counted from 0."""
    ends = [step if phase.until is None else min(step, phase.until) for phase in phases[:-1]]
    lengths = [end - start for start, end in pairwise([0, *ends, step])]
    return sum(length * phase.batch_size for length, phase in zip(lengths, phases, strict=True))

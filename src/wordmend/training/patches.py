"""Phases of a training: how large the crops and the batches of its steps are."""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import Field

from wordmend.config import Config
from wordmend.errors import ParameterError


class PatchPhase(Config):
    """Steps on crops of one size, in batches of one size.

    Small crops in large batches first and large crops in small batches later take the same time a step, and
    the network still learns what large images look like: progressive learning (Restormer, 2111.09881).
    """

    until: int | None = Field(None, gt=0)
    """The last step of the phase, counted from 1; null: all that are left."""
    size: int | None = Field(None, gt=0)
    """Side of the square crops, drawn anew at every visit of a pair, px; null: whole pairs."""
    batch_size: int = Field(gt=0)
    """Pairs a step."""


def check_phases(phases: Sequence[PatchPhase], steps: int) -> None:
    """Refuse phases that don't follow each other up to the last of so many steps.

    Raises:
        ParameterError: names the step that is out of order.
    """
    for number, (phase, following) in enumerate(pairwise(phases), 1):
        if phase.until is None:
            raise ParameterError(
                f"patches: phase {number} of {len(phases)} has no until, so that the next one would never "
                "come: give the last step of every phase but the last one"
            )
        if following.until is not None and following.until <= phase.until:
            raise ParameterError(
                f"patches: until {following.until} comes after until {phase.until}: "
                "it must rise from phase to phase"
            )
    if phases and phases[-1].until is not None and phases[-1].until < steps:
        raise ParameterError(
            f"patches end with step {phases[-1].until}, the training with step {steps}: leave out the last "
            f"until, set it to {steps} or more, or lower loop.steps"
        )


def check_patches(phases: Sequence[PatchPhase], pair_size: tuple[int, int], multiple: int) -> None:
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


def phase_of(phases: Sequence[PatchPhase], step: int) -> PatchPhase:
    """The phase that a step is in, counted from 0; the last one has no end."""
    return next((p for p in phases[:-1] if p.until is not None and step < p.until), phases[-1])


def samples_before(phases: Sequence[PatchPhase], step: int) -> int:
    """How many samples the steps before one take, which is counted from 0."""
    ends = [step if phase.until is None else min(step, phase.until) for phase in phases[:-1]]
    lengths = [end - start for start, end in pairwise([0, *ends, step])]
    return sum(length * phase.batch_size for length, phase in zip(lengths, phases, strict=True))

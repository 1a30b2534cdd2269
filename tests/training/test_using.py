"""How much of stage 2 is used, by what is made of validation pictures."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from wordmend.restorers.config import Use
from wordmend.training.guard_measures import fidelity
from wordmend.training.task import Validation
from wordmend.training.using import Choice, choose_use

GENERATOR = torch.Generator().manual_seed(0)
NOISE = 1.2 * torch.rand(2, 3, 192, 192, generator=GENERATOR) - 0.6
GT = 0.5 + 0.15 * torch.sin(torch.arange(192) / 5).expand(2, 3, 192, 192)
CONTROL_ERROR = 0.1
LEFT, RIGHT = slice(0, 96), slice(96, 192)


class Pictures:
    """A training of which the control's pictures have noise of .1, and stage 2's other noise left and right.

    On the left there is fault of all kinds, on the right with sharpness alone. With more of the control stage
    2's errors lie between.
    """

    def __init__(self, left: float, right: float, control_share: float = 0.0, *, where: bool = True) -> None:
        self.errors = (left, right)
        self.control_share = control_share
        self.find_fault = "there" if where else None
        self.guided = SimpleNamespace(validation_gt=GT)
        self.asked: list[float] = []

    def validate_control(self) -> Any:
        return SimpleNamespace(restored=GT + CONTROL_ERROR * NOISE)

    def restore_guided(self, control_share: float) -> Tensor:
        self.asked.append(control_share)
        restored = GT.clone()
        for part, error in zip((LEFT, RIGHT), self.errors, strict=True):
            share = control_share * CONTROL_ERROR + (1 - control_share) * error
            restored[..., part] += share * NOISE[..., part]
        return restored

    def where_fault(self, restored: Tensor, control: Any, sharpness: float) -> Tensor:
        if self.find_fault is None:
            return restored
        blended = restored.clone()
        blended[..., RIGHT] = torch.lerp(control.restored[..., RIGHT], restored[..., RIGHT], sharpness)
        return blended

    def compare(self, restored: Tensor, control: Any) -> Validation:
        return Validation({"error": float((restored - GT).std())}, {})


def chosen(task: Pictures, margin: float | None = 0.0, **more: Any) -> Choice:
    return choose_use(task, margin, **more)  # type: ignore[arg-type]


def lost(restored: Tensor) -> dict[str, float]:
    before, after = fidelity(GT + CONTROL_ERROR * NOISE, GT), fidelity(restored, GT)
    return {name: float((before[name] - after[name]).mean()) for name in before}


def test_all_is_used_where_it_costs_nothing():
    found = chosen(Pictures(0.05, 0.05))
    assert (found.control_share, found.use) == (0.0, Use())
    left, right = 0.05, (0.05 + CONTROL_ERROR) / 2  # half of it where sharpness alone is at fault
    assert found.seen["error"] == pytest.approx(
        ((left**2 + right**2) / 2) ** 0.5 * float(NOISE.std()), rel=1e-3
    )


@pytest.mark.parametrize(("right", "most"), [(0.1, 0.5), (0.18, 0.25), (0.5, 0.0)])
def test_less_is_used_for_sharpness_until_what_is_gained_elsewhere_pays(right: float, most: float):
    task = Pictures(0.07, right)
    found, most_of_all = chosen(task), Use().sharpness
    sharpness = found.use.sharpness
    assert found.control_share == 0 and sharpness <= most
    control, restored = task.validate_control(), task.restore_guided(0.0)
    assert max(lost(task.where_fault(restored, control, sharpness)).values()) <= 0
    if sharpness < most_of_all:
        assert max(lost(task.where_fault(restored, control, sharpness + 0.25)).values()) > 0
    assert chosen(task, margin=None).use.sharpness == most_of_all


def test_then_more_of_the_control_is_taken_in():
    assert chosen(Pictures(0.2, 0.4)).control_share == 1.0
    found = chosen(Pictures(0.2, 0.4), margin=None, trusts=lambda seen: seen["error"] < 0.125 * NOISE.std())
    assert found.use.sharpness == 0
    assert found.control_share == pytest.approx(0.6)  # sqrt((.14 ** 2 + .1 ** 2) / 2) is .122


def test_what_the_weights_need_alone_is_told_beside():
    """Half of the picture is mostly the control's where fault is asked for; everywhere more is needed."""
    task = Pictures(0.05, 0.3)
    found = chosen(task)
    assert found.control_share == 0 and found.use.sharpness < Use().sharpness
    share = found.use.alone
    assert 0 < share <= 1
    assert max(lost(task.restore_guided(share)).values()) <= 1e-6
    assert max(lost(task.restore_guided(share - 0.1)).values()) > 0
    assert len(task.asked) < 10  # not every tenth is tried
    everywhere = chosen(Pictures(0.05, 0.3, where=False))
    assert everywhere.use == Use() and everywhere.control_share == pytest.approx(share)


def test_no_less_of_the_control_than_is_set():
    task = Pictures(0.05, 0.05, control_share=0.25)
    assert chosen(task).control_share == 0.25
    assert min(task.asked) == 0.25

"""The task of a restorer: what its network sees."""

import numpy as np
import pytest
import torch
from torch import nn

from wordmend.pairs.library import PairLibrary
from wordmend.restorers.margin import MARGIN
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import Stage1Config
from wordmend.training.restorer_loss import UnguidedLoss


class Recorder(nn.Module):
    """Gives back its input and notes it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.seen.append(batch)
        return batch


@pytest.mark.parametrize("margin", [False, True])
def test_pairs_are_mirrored_beyond_their_borders_where_it_is_set_and_validation_pairs_always(
    small_library: PairLibrary, margin: bool
):
    loop = {"steps": 1, "learning_rate": 1e-3, "device": "cpu"}
    config = Stage1Config.model_validate({"margin": margin, "validation_pairs": 2, "loop": loop})
    network, splits = Recorder(), [small_library.split(name) for name in ("train", "validation")]
    task = RestorationTask("stage1", network, *splits, UnguidedLoss(config), config, seed=1, multiple=16)
    batch = next(task.batches(0))
    assert torch.equal(task.restored(batch.lq), batch.lq)
    width = MARGIN if margin else 0
    padding = ((0, 0), (0, 0), (width, width), (width, width))
    assert np.array_equal(network.seen[0].numpy(), np.pad(batch.lq.numpy(), padding, mode="reflect"))
    assert torch.equal(task.restore_validation(network), task.validation_lq)
    assert network.seen[1].shape[2:] == (48, 48)

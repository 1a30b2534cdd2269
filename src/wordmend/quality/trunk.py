"""The image trunk of our own configurations: a timm ByobNet whose every stage is summed up by statistics.

Quality is in the statistics of local filters at every scale, not in what a picture shows: blur is energy lost
at the finest one, noise energy won, and a scratch or a hole is a maximum that the mean over the picture would
hide. So each stage gives mean, spread and maximum of its channels, and the head sees them all. The same idea
(statistics of all stages instead of the last one's mean) is in DISTS (2004.07728).
"""

from typing import Any

import torch
from timm.models import register_model
from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg
from torch import Tensor, nn

STATISTICS = 3
"""Numbers that a channel is summed up by: mean, standard deviation, maximum."""


class StageStatistics(nn.Module):
    """A convolutional network that gives the statistics of its stem and stages, for pictures of any size.

    Args:
        channels: channels of the stages; the stem has those of the first.
        hidden: features given.
    """

    def __init__(self, channels: tuple[int, ...], hidden: int) -> None:
        super().__init__()
        blocks = tuple(
            ByoBlockCfg(type="basic", d=1, c=c, s=1 if stage == 0 else 2, gs=0)
            for stage, c in enumerate(channels)
        )
        # the residual branches take part from the first step on: the training is too short to open them
        self.body = ByobNet(
            ByoModelCfg(blocks=blocks, stem_chs=channels[0], stem_type="3x3", stem_pool=""),
            num_classes=0,
            zero_init_last=False,
        )
        found = STATISTICS * (channels[0] + sum(channels))
        self.head = nn.Sequential(
            nn.BatchNorm1d(found), nn.Linear(found, hidden), nn.BatchNorm1d(hidden), nn.ReLU()
        )
        self.num_features = hidden
        self.default_cfg: dict[str, Any] = {"pool_size": None}

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """There is no classifier to take away; open_clip asks every timm trunk to."""
        assert num_classes == 0

    def forward(self, images: Tensor) -> Tensor:
        """`(B, 3, H, W)`, H and W of 16 or more, to `(B, num_features)`."""
        x = self.body.stem(images)
        found = [statistics(x)]
        for stage in self.body.stages:
            x = stage(x)
            found.append(statistics(x))
        features: Tensor = self.head(torch.cat(found, dim=1))
        return features


def statistics(x: Tensor) -> Tensor:
    """Mean, standard deviation (both as logarithms, as energies span decades) and maximum of each channel.

    Args:
        x: `(B, C, H, W)`, not negative (after a ReLU).

    Returns:
        `(B, 3 C)`.
    """
    values = x.flatten(2)  # (B, C, H W)
    mean = values.mean(dim=2)
    # the offsets keep logarithm and root away from their poles: finite gradients for flat pictures as well
    spread = (values.var(dim=2, unbiased=False) + 1e-5).sqrt()
    return torch.cat([(mean + 1e-3).log(), spread.log(), values.amax(dim=2)], dim=1)


@register_model  # type: ignore[untyped-decorator]  # timm has no types
def wordmend_quality_small(pretrained: bool = False, **options: Any) -> StageStatistics:
    """The trunk of wordmend-small, for timm's registry; there are no pretrained weights of it."""
    assert not pretrained
    return StageStatistics(channels=(16, 32, 64, 128), hidden=128)

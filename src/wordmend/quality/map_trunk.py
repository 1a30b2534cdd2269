"""What our image trunks share: fixed maps of a picture, their statistics, and convolutions over them."""

from typing import Any

import torch
from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg
from torch import Tensor, nn


class MapTrunk(nn.Module):
    """From maps and numbers that summarise them to features; what the maps are is the trunk's own.

    Args:
        maps: how many there are.
        statistics: how many numbers summarise them.
        channels: of the stages of the convolutions over the maps.
        features: how many features are given.
    """

    def __init__(self, maps: int, statistics: int, channels: tuple[int, ...], features: int) -> None:
        super().__init__()
        blocks = tuple(
            ByoBlockCfg(type="basic", d=1, c=c, s=1 if stage == 0 else 2, gs=0)
            for stage, c in enumerate(channels)
        )
        # residual branches take part from the first step on: the training is too short to open them
        self.body = ByobNet(
            ByoModelCfg(blocks=blocks, stem_chs=channels[0], stem_type="3x3", stem_pool=""),
            in_chans=maps,
            num_classes=0,
            zero_init_last=False,
        )
        found = statistics + 2 * sum(channels)
        self.head = nn.Sequential(
            nn.BatchNorm1d(found), nn.Linear(found, features), nn.LayerNorm(features), nn.GELU()
        )
        self.num_features = features
        self.default_cfg: dict[str, Any] = {"pool_size": None}

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """There is no classifier to take away; open_clip asks every timm trunk to."""
        assert num_classes == 0

    def features_of(self, maps: Tensor, statistics: list[Tensor]) -> Tensor:
        """`(B, maps, h, w)` and numbers `(B, any)` that add up to `statistics`, to `(B, num_features)`."""
        found = list(statistics)
        x = self.body.stem(maps.contiguous(memory_format=torch.channels_last))
        for stage in self.body.stages:
            x = stage(x)  # (B, C, h, w)
            found += [x.mean(dim=(2, 3)), x.amax(dim=(2, 3))]
        features: Tensor = self.head(torch.cat(found, dim=1))
        return features

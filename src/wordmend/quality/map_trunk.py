"""What our image trunks share: fixed maps of a picture, their statistics, and convolutions over them."""

from abc import abstractmethod
from typing import Any

import torch
from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg
from torch import Tensor, nn

from wordmend.comments.entry import Dimension

PLACED_DIMENSIONS: tuple[Dimension, ...] = ("scratches", "missing_parts")
"""Damage that lies in places: a trunk tells of each place whether there is some."""
_PLACES_A_WORST = 20
"""One in so many places is looked at for how bad the worst are."""


class MapTrunk(nn.Module):
    """From maps and numbers that summarise them to features; what the maps are is the trunk's own.

    On the way it tells of each place whether it is damaged. A thin scratch is a few pixels in a hundred, and
    words about a whole picture alone don't teach where to look.

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
        self.damage = nn.Conv2d(channels[-1], len(PLACED_DIMENSIONS), 1)
        found = statistics + 2 * sum(channels) + 3 * len(PLACED_DIMENSIONS)
        self.head = nn.Sequential(
            nn.BatchNorm1d(found), nn.Linear(found, features), nn.LayerNorm(features), nn.GELU()
        )
        self.num_features = features
        self.default_cfg: dict[str, Any] = {"pool_size": None}

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """There is no classifier to take away; open_clip asks every timm trunk to."""
        assert num_classes == 0

    @abstractmethod
    def maps_of(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Pictures `(B, 3, H, W)` in [0, 1] to `(B, maps, h, w)` and `(B, any)` that make up `statistics`."""

    def forward(self, images: Tensor) -> Tensor:
        """Pictures `(B, 3, H, W)` in [0, 1] to features `(B, num_features)`."""
        return self.features_and_damage(images)[0]

    def features_and_damage(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The features, and logits that a place is damaged, `(B, len(PLACED_DIMENSIONS), h, w)`."""
        maps, found = self.maps_of(images)
        x = self.body.stem(maps.contiguous(memory_format=torch.channels_last))
        for stage in self.body.stages:
            x = stage(x)  # (B, C, h, w)
            found += [x.mean(dim=(2, 3)), x.amax(dim=(2, 3))]
        damage: Tensor = self.damage(x)
        places = damage.flatten(2)  # (B, dimensions, places)
        worst = places.topk(max(1, places.shape[2] // _PLACES_A_WORST), dim=2).values
        found += [places.mean(dim=2), worst.mean(dim=2), worst[:, :, 0]]
        features: Tensor = self.head(torch.cat(found, dim=1))
        return features, damage

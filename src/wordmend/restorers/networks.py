"""Restorer networks by name. They are spandrel's, so that other programs load what is trained here."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from spandrel.architectures.DRUNet import DRUNet
from spandrel.architectures.FFTformer import FFTformer
from spandrel.architectures.NAFNet import NAFNet
from spandrel.architectures.SCUNet import SCUNet
from spandrel.architectures.SwinIR import SwinIR
from spandrel.architectures.Uformer import Uformer
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.config import nearest_name
from wordmend.errors import ParameterError
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.layer_norm import speed_up_layer_norms
from wordmend.restorers.naf_block import speed_up_blocks


class BlindDRUNet(DRUNet):  # type: ignore[misc]  # spandrel's networks are untyped
    """DRUNet takes a map of the noise level as one more channel; it is held at spandrel's own 15/255."""

    def forward(self, image: Tensor) -> Tensor:
        """Restore `(B, C, H, W)`."""
        noise_level = torch.full_like(image[:, :1], 15 / 255)
        return super().forward(torch.cat([image, noise_level], dim=1))  # type: ignore[no-any-return]


class AnyShapeUformer(Uformer):  # type: ignore[misc]
    """Uformer takes the side of its input for the square root of its pixels: what isn't square is made so."""

    def forward(self, image: Tensor) -> Tensor:
        """Restore `(B, C, H, W)`, whose longer side is a multiple of 128."""
        height, width = image.shape[-2:]
        side = max(height, width)
        square = F.pad(image, (0, side - width, 0, side - height), mode="replicate")
        return super().forward(square)[..., :height, :width]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Network:
    """How a network is built.

    `channels` are the names of its arguments for the number of channels, `multiple` what the sides of its
    input must be multiples of, `defaults` our settings where the network's own are not of use. `last` is the
    layer whose output is added to the input, where there is one.
    """

    build: Callable[..., nn.Module]
    channels: tuple[str, ...]
    multiple: int
    defaults: dict[str, Any]
    last: str | None = None


def _drunet(channels: int, **options: Any) -> nn.Module:
    return BlindDRUNet(in_nc=channels + 1, out_nc=channels, **options)


def _nafnet(
    img_channel: int, width: int, middle_blk_num: int, enc_blk_nums: list[int], dec_blk_nums: list[int]
) -> nn.Module:
    if min([middle_blk_num, *enc_blk_nums, *dec_blk_nums]) < 1:
        # spandrel tells a NAFNet's size from its blocks: without, no other program could load the weights
        raise ValueError("every level needs at least 1 block")
    network = NAFNet(
        img_channel=img_channel,
        width=width,
        middle_blk_num=middle_blk_num,
        enc_blk_nums=enc_blk_nums,
        dec_blk_nums=dec_blk_nums,
    )
    return speed_up_blocks(speed_up_layer_norms(network))


NETWORKS: dict[str, Network] = {
    "NAFNet": Network(
        _nafnet,
        ("img_channel",),
        multiple=16,
        defaults={"width": 16, "middle_blk_num": 1, "enc_blk_nums": [1, 1, 1], "dec_blk_nums": [1, 1, 1]},
        last="ending",
    ),
    "DRUNet": Network(_drunet, ("channels",), multiple=8, defaults={}),
    "SCUNet": Network(SCUNet, ("in_nc",), multiple=64, defaults={}),
    "SwinIR": Network(
        SwinIR, ("in_chans",), multiple=8, defaults={"window_size": 8, "upscale": 1}, last="conv_last"
    ),
    "Uformer": Network(
        AnyShapeUformer, ("in_chans", "dd_in"), multiple=128, defaults={}, last="output_proj.proj.0"
    ),
    "FFTformer": Network(
        FFTformer, ("inp_channels", "out_channels"), multiple=32, defaults={}, last="output"
    ),
}


def network_of(config: RestorerConfig) -> Network:
    """The network that `config` names.

    Raises:
        ParameterError: unknown name; gives the nearest known one.
    """
    if config.architecture not in NETWORKS:
        raise ParameterError(
            f"unknown restorer {config.architecture!r}{nearest_name(config.architecture, list(NETWORKS))}"
        )
    return NETWORKS[config.architecture]


def build_restorer(config: RestorerConfig, seed: int = 0) -> nn.Module:
    """Build a restorer with fresh weights: `(B, C, H, W)` in [0, 1] to the same shape.

    Where the network adds its last layer's output to the input, that layer starts at zero.

    Args:
        config: name, channels and options.
        seed: where the fresh weights come from; the global random state is left as it was.

    Raises:
        ParameterError: unknown name, or options that the network doesn't take.
    """
    network = network_of(config)
    settings = {**network.defaults, **config.options, **dict.fromkeys(network.channels, config.channels)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            restorer = network.build(**settings)
        except (TypeError, ValueError, AssertionError, RuntimeError, IndexError) as error:
            known = inspect.signature(network.build).parameters
            unknown = [name for name in config.options if name not in known]
            hint = f" ({unknown[0]!r} is unknown{nearest_name(unknown[0], list(known))})" if unknown else ""
            raise ParameterError(
                f"{config.architecture} can't be built with options {config.options}: {error}{hint}"
            ) from error
    if network.last is not None:
        _start_as_identity(restorer.get_submodule(network.last))
    return restorer


def _start_as_identity(last: nn.Module) -> None:
    """A fresh network then gives its input back, and spends no steps on learning to."""
    for parameter in last.parameters():
        nn.init.zeros_(parameter)

"""CLIP models from open_clip by name; our own configurations are registered here."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.timm_model import TimmModel
from torch import Tensor

from wordmend.config import nearest_name
from wordmend.errors import ParameterError, WeightsError
from wordmend.quality import frequency_trunk, trunk  # noqa: F401  # registers their trunks with timm
from wordmend.quality.config import QualityModelConfig

open_clip.add_model_config(Path(__file__).parent / "model_configs")

Tokenizer = Callable[[Sequence[str]], Tensor]
"""Texts to tokens, `(B, context_length) int64`."""

OWN_PREFIX = "wordmend-"
"""What the names of our own configurations begin with."""

# pools that take any number of positions; the others have a weight for each
_GLOBAL_POOLS = frozenset({"", "avg", "max", "avgmax", "catavgmax"})


def build_clip(config: QualityModelConfig, load_pretrained: bool = True) -> tuple[Any, Tokenizer]:
    """A CLIP model and its tokenizer.

    Args:
        config: which one. `weights` is not read here.
        load_pretrained: fetch the weights that `pretrained` names; without, they stay random.

    Raises:
        ParameterError: open_clip has no model of that name.
        WeightsError: the pretrained weights can't be fetched.
    """
    if open_clip.get_model_config(config.name) is None:
        raise ParameterError(
            f"quality model {config.name!r} is not known to open_clip"
            f"{nearest_name(config.name, open_clip.list_models())}"
        )
    own = config.name.startswith(OWN_PREFIX)
    tags = open_clip.list_pretrained_tags_by_model(config.name)
    with _QuietLogging():
        try:
            clip = open_clip.create_model(
                config.name,
                pretrained=config.pretrained if load_pretrained else None,
                force_image_size=config.image_size,
                force_context_length=config.context_length,
                pretrained_text=False,
                # our own trunks take pixels in [0, 1] as they are
                force_preprocess_cfg={"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)} if own else None,
            )
        except (RuntimeError, OSError) as error:
            raise WeightsError(
                f"quality model {config.name}: can't get weights {config.pretrained!r}: {error}. "
                f"Its tags are {', '.join(tags) or 'none'}. Without a network, set pretrained to null and "
                "weights to a local safetensors file."
            ) from error
        tokenizer = open_clip.get_tokenizer(config.name, context_length=config.context_length)
    return clip, tokenizer


def takes_any_size(clip: Any) -> bool:
    """Whether the image tower takes pictures of any size: convolutions and a global pool."""
    visual = clip.visual
    if not isinstance(visual, TimmModel):
        return False
    trunk_config = getattr(visual.trunk, "default_cfg", {})
    pool = getattr(getattr(visual.trunk, "global_pool", None), "pool_type", "")
    return not trunk_config.get("fixed_input_size", False) and pool in _GLOBAL_POOLS


def pixel_statistics(clip: Any) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation `(3, 1, 1)` that the image tower wants pixels to be normalised with."""
    mean, std = (torch.tensor(getattr(clip.visual, name)) for name in ("image_mean", "image_std"))
    return mean.reshape(3, 1, 1), std.reshape(3, 1, 1)


def encode_clip_tokens(clip: Any, tokens: Tensor) -> Tensor:
    """Tokens `(B, context_length)` to vectors `(B, D)`: `clip.encode_text` without the padding.

    In CLIP's causal text transformer nothing after the end of a text takes part, so positions behind the
    longest text are left out: short comments are several times cheaper. Other towers get all positions.
    """
    causal = (
        isinstance(clip, open_clip.CLIP) and clip.text_pool_type == "argmax" and clip.attn_mask is not None
    )
    if not causal or not isinstance(clip.text_projection, torch.nn.Parameter):
        vectors: Tensor = clip.encode_text(tokens)
        return vectors
    ends = tokens.argmax(dim=1)  # the end token has the highest number
    length = int(ends.max()) + 1
    x = clip.token_embedding(tokens[:, :length]) + clip.positional_embedding[:length]  # (B, length, width)
    x = clip.transformer(x, attn_mask=clip.attn_mask[:length, :length])
    x = clip.ln_final(x)[torch.arange(len(tokens), device=tokens.device), ends]  # (B, width)
    found: Tensor = x @ clip.text_projection
    return found


class _QuietLogging:
    """open_clip warns on the root logger that weights are random, which is what we ask of it."""

    def __enter__(self) -> None:
        self.level = logging.getLogger().level
        logging.getLogger().setLevel(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().setLevel(self.level)

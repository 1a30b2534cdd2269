"""Quality models on disk: `model.safetensors` and `config.json` in a folder; CLIP weights from elsewhere."""

import json
from collections.abc import Mapping
from pathlib import Path

import open_clip
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from wordmend.errors import WeightsError, WordmendError
from wordmend.files import atomic_path
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel

WEIGHTS_NAME = "model.safetensors"
CONFIG_NAME = "config.json"

# our own head on CLIP's output, and CLIP's scale for its contrastive loss: a file need not have them
_NOT_IN_EVERY_FILE = frozenset({"logit_scale", "logit_bias"})

_OWN_NAMES = frozenset({"log_scale", "bias"})
"""What a quality model has and CLIP has not."""


def build_quality_model(config: QualityModelConfig) -> QualityModel:
    """A quality model to start a training from: fresh, pretrained, or from a local file, as the config says.

    Raises:
        ParameterError: open_clip has no model of that name.
        WeightsError: pretrained weights can't be fetched, or the local file is not of this model.
    """
    model = QualityModel(config)
    if config.weights is not None:
        load_weights(model, Path(config.weights))
    return model


def save_quality_model(folder: Path, model: QualityModel) -> None:
    """Write weights and configuration, each file complete or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    with atomic_path(folder / WEIGHTS_NAME) as path:
        save_file(state, path, metadata={"format": "pt"})
    with atomic_path(folder / CONFIG_NAME) as path:
        path.write_text(json.dumps(model.config.model_dump(), indent=2) + "\n", encoding="utf-8")


def load_quality_model(folder: Path) -> QualityModel:
    """Read a quality model, in eval mode on the CPU. Nothing is fetched from anywhere.

    Raises:
        WeightsError: files missing or damaged, or weights of another model; names the file.
    """
    config_path = folder / CONFIG_NAME
    if not config_path.is_file():
        raise WeightsError(
            f"{config_path}: not found. Train a quality model first (kedro run --pipeline=clip_quality), "
            "or name a folder that holds one."
        )
    try:
        config = QualityModelConfig.model_validate(json.loads(config_path.read_text(encoding="utf-8")))
        model = QualityModel(config, load_pretrained=False)
    except (ValidationError, ValueError, WordmendError) as error:
        raise WeightsError(f"{config_path}: not a quality model's configuration: {error}") from error
    path = folder / WEIGHTS_NAME
    _fill(model, _read_tensors(path), path)
    return model.eval()


def load_weights(model: QualityModel, path: Path) -> None:
    """Put weights into a quality model: those of another one, or of a CLIP model in open_clip's format.

    CLIP's go into the encoders; scale and bias stay. Its positional embeddings are resized to the model's
    image size and context length where they differ.

    Args:
        model: a model of the same configuration as the file's.
        path: a safetensors file. Others are refused: unpickling a file from elsewhere runs what is in it.

    Raises:
        WeightsError: the file is missing, damaged, of another format or of another model.
    """
    tensors = _read_tensors(path)
    if tensors.keys() >= _OWN_NAMES:
        _fill(model, tensors, path)
        return
    state = {
        name.removeprefix("module."): tensor
        for name, tensor in tensors.items()
        if name.removeprefix("module.") not in _NOT_IN_EVERY_FILE
    }
    expected = model.clip.state_dict()
    state |= {name: expected[name] for name in _NOT_IN_EVERY_FILE & expected.keys()}
    if "positional_embedding" in state:
        open_clip.model.resize_pos_embed(state, model.clip)
        open_clip.model.resize_text_pos_embed(state, model.clip)
    _fill(model.clip, state, path)


def _read_tensors(path: Path) -> dict[str, Tensor]:
    if path.suffix != ".safetensors":
        raise WeightsError(
            f"{path}: weights are read from safetensors files only, as other formats can run code. "
            "Convert the file on a machine that trusts it."
        )
    if not path.is_file():
        raise WeightsError(f"{path}: not found. Check the path, or train the quality model again.")
    try:
        return dict(load_file(path))
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path}: damaged, or not a safetensors file ({error}).") from error


def _fill(module: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    differing = sorted(n for n in expected.keys() | found.keys() if expected.get(n) != found.get(n))
    if differing:
        name = differing[0]
        raise WeightsError(
            f"{path}: weights of another model: {len(differing)} of {len(expected)} tensors differ, "
            f"the first {name!r} is {found.get(name, 'missing')} in the file and "
            f"{expected.get(name, 'unknown')} in the model. "
            "Set name, image_size and context_length to those that the weights were trained with."
        )
    module.load_state_dict(dict(state))

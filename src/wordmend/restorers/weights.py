"""Restorers on disk: `restorer.safetensors`, `config.json` and, of a stage 2, `use.json` in a folder."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from wordmend.config import Config
from wordmend.errors import WeightsError
from wordmend.files import atomic_path
from wordmend.restorers.config import RestorerConfig, Use
from wordmend.restorers.networks import build_restorer

WEIGHTS_NAME = "restorer.safetensors"
CONFIG_NAME = "config.json"
USE_NAME = "use.json"

AnyConfig = TypeVar("AnyConfig", bound=Config)


@dataclass(frozen=True)
class Restorer:
    """A network that restores `(B, C, H, W)` in [0, 1], and what it was built from."""

    network: nn.Module
    config: RestorerConfig
    use: Use = field(default_factory=Use)
    """Of a stage 2; of others nothing asks for it."""


def save_restorer(folder: Path, restorer: Restorer) -> None:
    """Write weights and configuration, each file complete or not at all.

    The weights keep the network's own names, so that spandrel finds out the architecture from them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: tensor.detach().cpu().contiguous() for name, tensor in restorer.network.state_dict().items()
    }
    config = restorer.config
    with atomic_path(folder / WEIGHTS_NAME) as path:
        # one entry only: safetensors writes several in an order that changes from run to run
        save_file(state, path, metadata={"format": "pt"})
    _write(folder / CONFIG_NAME, config)
    if restorer.use == Use():
        (folder / USE_NAME).unlink(missing_ok=True)  # one of other weights must not stay
    else:
        _write(folder / USE_NAME, restorer.use)


def fingerprint(network: nn.Module) -> str:
    """SHA-256 of the weights, over their names and values."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def load_restorer(place: Path) -> Restorer:
    """Read a restorer, in eval mode on the CPU.

    Args:
        place: the folder of `restorer.safetensors` and `config.json`, or a safetensors file of another name
            with `config.json` beside it.

    Raises:
        WeightsError: files missing or damaged, or weights of another network; names the file.
    """
    weights_path = place if place.is_file() else place / WEIGHTS_NAME
    _check_kind(weights_path)
    config_path = weights_path.with_name(CONFIG_NAME)
    if not config_path.is_file():
        raise WeightsError(
            f"{config_path}: not found. Train a restorer first, or name a folder that holds one."
        )
    config = _read(config_path, RestorerConfig)
    use_path = weights_path.with_name(USE_NAME)
    use = _read(use_path, Use) if use_path.is_file() else Use()
    network = build_restorer(config)
    load_weights(network, weights_path)
    return Restorer(network.eval(), config, use)


def _write(path: Path, config: Config) -> None:
    with atomic_path(path) as whole:
        whole.write_text(json.dumps(config.model_dump(), indent=2) + "\n", encoding="utf-8")


def _read(path: Path, kind: type[AnyConfig]) -> AnyConfig:
    try:
        return kind.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError, ValidationError, ValueError) as error:
        raise WeightsError(f"{path}: not a restorer's configuration: {error}") from error


def load_weights(network: nn.Module, path: Path) -> None:
    """Put the weights of a safetensors file into a network.

    Raises:
        WeightsError: the file is missing, damaged or of another network; names the first differences.
    """
    _check_kind(path)
    if not path.is_file():
        raise WeightsError(f"{path}: not found.")
    try:
        state = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path}: damaged, or not a safetensors file ({error}).") from error
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    if expected != found:
        differing = [n for n in {**expected, **found} if expected.get(n) != found.get(n)]
        name = differing[0]
        raise WeightsError(
            f"{path}: weights of another network: {len(differing)} of {len(expected)} tensors differ, "
            f"the first {name!r} is {found.get(name, 'missing')} in the file and "
            f"{expected.get(name, 'unknown')} in {type(network).__name__}. "
            "Set architecture, channels and options to those that the weights were trained with."
        )
    network.load_state_dict(state)


def _check_kind(path: Path) -> None:
    if path.suffix != ".safetensors":
        raise WeightsError(f"{path}: weights are read from safetensors files only; convert it first.")

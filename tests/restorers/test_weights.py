import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from wordmend.errors import WeightsError
from wordmend.restorers.config import RestorerConfig, Use
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, load_restorer, load_weights, save_restorer


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Restorer]:
    config = RestorerConfig(options={"width": 8})
    restorer = Restorer(build_restorer(config, seed=3), config)
    save_restorer(tmp_path / "model", restorer)
    return tmp_path / "model", restorer


def test_round_trip(saved: tuple[Path, Restorer]):
    folder, restorer = saved
    loaded = load_restorer(folder)
    assert loaded.config == restorer.config
    assert not loaded.network.training
    for name, tensor in restorer.network.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], tensor)


def test_nothing_else_is_left_in_the_folder(saved: tuple[Path, Restorer]):
    assert sorted(path.name for path in saved[0].iterdir()) == ["config.json", "restorer.safetensors"]


def test_how_a_stage2_is_used_lies_beside_it(saved: tuple[Path, Restorer]):
    folder, restorer = saved
    assert load_restorer(folder).use == Use()
    use = Use(sharpness=0.5, alone=0.25)
    save_restorer(folder, replace(restorer, use=use))
    assert load_restorer(folder).use == use
    (folder / "use.json").write_text('{"sharpness": 2}')
    with pytest.raises(WeightsError, match=r"use\.json: not a restorer's configuration: (.|\n)*sharpness"):
        load_restorer(folder)
    save_restorer(folder, restorer)  # trained anew
    assert load_restorer(folder).use == Use()


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"nowhere/config.json: not found. Train"):
        load_restorer(tmp_path / "nowhere")


def test_a_broken_configuration_is_named(saved: tuple[Path, Restorer]):
    folder, _ = saved
    (folder / "config.json").write_text("{")
    with pytest.raises(WeightsError, match=r"config.json: not a restorer's configuration"):
        load_restorer(folder)


def test_weights_of_another_network_are_refused(saved: tuple[Path, Restorer]):
    folder, _ = saved
    other = {"architecture": "NAFNet", "channels": 3, "options": {"width": 16}}
    (folder / "config.json").write_text(json.dumps(other))
    with pytest.raises(
        WeightsError, match=r"restorer.safetensors: weights of another network: .*intro.weight"
    ):
        load_restorer(folder)


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\x80\x04\x95pickle"])
def test_damaged_weights_are_refused(saved: tuple[Path, Restorer], content: bytes):
    folder, _ = saved
    (folder / "restorer.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match=r"restorer.safetensors: damaged"):
        load_restorer(folder)


def test_truncated_weights_are_refused(saved: tuple[Path, Restorer]):
    folder, _ = saved
    path = folder / "restorer.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="damaged"):
        load_restorer(folder)


def test_pickles_are_never_read(tmp_path: Path):
    torch.save({}, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match=r"weights.pth: weights are read from safetensors files only"):
        load_weights(build_restorer(RestorerConfig()), tmp_path / "weights.pth")


def test_the_same_weights_give_the_same_bytes(saved: tuple[Path, Restorer], tmp_path: Path):
    folder, restorer = saved
    contents = set()
    for number in range(8):
        save_restorer(tmp_path / str(number), restorer)
        contents.add((tmp_path / str(number) / "restorer.safetensors").read_bytes())
    assert contents == {(folder / "restorer.safetensors").read_bytes()}

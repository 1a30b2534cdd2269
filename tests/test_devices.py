"""The device that work goes to by itself, a GPU where there is one, gives what the CPU gives.

`CUDA_VISIBLE_DEVICES=0 pytest tests/test_devices.py` runs them on a GPU.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState

from wordmend.assessment.assess import assess_image
from wordmend.comments.language import QualityLanguage
from wordmend.comments.measured_config import MeasuredConfig
from wordmend.comments.words import TargetText
from wordmend.devices import torch_device
from wordmend.errors import ParameterError
from wordmend.images.picture import Picture
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer
from wordmend.samples.config import SamplesConfig
from wordmend.samples.measuring import measure_samples
from wordmend.samples.quality_samples import list_quality_samples
from wordmend.samples.restored import open_restored, restored_images, write_restored
from wordmend.training.clip_quality import train_quality_model
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration_config import Stage1Config, Stage2Config
from wordmend.training.stage2 import train_stage2
from wordmend.training.stages import restore_pairs, train_stage1

LOOP = {"steps": 8, "learning_rate": 1e-3, "log_every": 1, "validate_every": 4}
DAMAGE = {"noise": 1.0, "scratches": 0.5, "missing_parts": 0.5}
CLOSE = {"no": 0.02, "bf16": 0.05}
"""How far a loss may be from the CPU's, as a share of it; GPUs convolve in TF32, with ten bits."""


def test_auto_is_the_gpu_where_there_is_one():
    assert torch_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert torch_device("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["tpu9", "cuda:99"])
def test_a_device_that_is_not_there_is_named(name: str):
    with pytest.raises(ParameterError, match=f"device '{name}' can't be used"):
        torch_device(name)


@pytest.mark.parametrize(("depth", "tolerance"), [(np.uint8, 1), (np.uint16, 200)])
@pytest.mark.parametrize(("channels", "of_restorer"), [(3, 3), (1, 3), (3, 1)])
def test_pictures_are_restored_as_on_the_cpu(depth: Any, tolerance: int, channels: int, of_restorer: int):
    config = RestorerConfig(channels=of_restorer)
    torch.manual_seed(0)
    network = build_restorer(config)
    for parameter in network.parameters():  # NAFNet begins with doing nothing
        torch.nn.init.normal_(parameter, std=0.05)
    pixels = np.random.default_rng(0).integers(0, np.iinfo(depth).max, (150, 210, channels), dtype=depth)
    mask = np.linspace(0, 1, 150 * 210, dtype=np.float32).reshape(150, 210)
    found = [
        PictureRestorer(Restorer(network, config), RestoreConfig(tile=64, overlap=16, device=device))
        .restore(Picture(pixels), mask)
        .pixels.astype(np.int64)
        for device in ("cpu", "auto")
    ]
    assert np.abs(found[0] - pixels).max() > 2 * tolerance
    assert np.abs(found[0] - found[1]).max() <= tolerance


def test_pictures_are_assessed_as_on_the_cpu():
    torch.manual_seed(0)
    model = build_quality_model(QualityModelConfig())
    image = np.random.default_rng(0).random((200, 150, 3), dtype=np.float32)
    alone = assess_image(model, image)
    found = assess_image(model.to(torch_device("auto")), image)
    assert found.scores == pytest.approx(alone.scores, abs=0.02, nan_ok=True)
    np.testing.assert_allclose(found.finest_map("scratches"), alone.finest_map("scratches"), atol=0.05)


def _start_anew() -> None:
    """Let the next training of this process be on another device, in another precision."""
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    _start_anew()


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_stage1_learns_as_on_the_cpu(small_library: PairLibrary, precision: str):
    losses = []
    for device, used in (("cpu", "no"), ("auto", precision)):
        _start_anew()
        trained = train_stage1(small_library, _stage1(device, used), seed=3)
        losses.append(trained.training.losses["loss"].to_numpy())
    np.testing.assert_allclose(losses[1], losses[0], rtol=CLOSE[precision])


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_words_are_learned_and_guide_as_on_the_cpu(
    small_library: PairLibrary, language: QualityLanguage, precision: str, tmp_path: Path
):
    trained = train_stage1(small_library, _stage1("auto", precision), seed=3)
    restored = restore_pairs(trained.restorer, small_library)
    write_restored(tmp_path / "restored.parquet", restored_images(restored, []))
    library = open_restored(tmp_path / "restored.parquet")
    folder = small_library.folder
    samples = list_quality_samples(small_library, library, SamplesConfig(), folder, 3)
    comments = measure_samples(samples, small_library, folder, MeasuredConfig(workers=1), language, 3)
    clear = TargetText("the scratch is gone", "scratches", None, "measured", "c1")
    rows = library.table[["pair_id", "image_path"]].itertuples(index=False)
    pictures = {f"{pair_id}.restored": library.folder / path for pair_id, path in rows}
    words = {name: [replace(clear, sample_id=f"{name}.restored")] for name in small_library.pair_ids}
    settings = {
        "batch_size": 8,
        "w_named": DAMAGE,
        "w_harm": 1.0,
        "w_text": 0.01,
        "damage_share": 0.5,
        "noise_share": 0.5,
    }
    quality, stage2 = {}, {}
    for device, used in (("cpu", "no"), ("auto", precision)):
        _start_anew()
        loop = LOOP | {"device": device, "precision": used}
        config = QualityTrainingConfig.model_validate(
            {"model": {"image_size": 32}, "batch_size": 8, "picture_size": 32, "loop": loop}
        )
        model = train_quality_model(samples, comments, folder, config, 3, None, language)
        quality[device] = model.training.losses["loss"].to_numpy()
        guided = train_stage2(
            small_library,
            deepcopy(trained.restorer),
            model.model,
            words,
            pictures,
            Stage2Config.model_validate(settings | {"control_share": 0.2, "loop": loop}),
            seed=3,
        )
        stage2[device] = guided.training.losses[["pixel_loss", "named_scratches"]].to_numpy()
        assert set(guided.guard["step"]) == {0, 4, 8}
    np.testing.assert_allclose(quality["auto"], quality["cpu"], rtol=2 * CLOSE[precision])
    np.testing.assert_allclose(stage2["auto"], stage2["cpu"], rtol=2 * CLOSE[precision], atol=1e-3)


def _stage1(device: str, precision: str) -> Stage1Config:
    return Stage1Config.model_validate(
        {
            "options": {"width": 8},
            "batch_size": 8,
            "validation_pairs": 4,
            "w_unnamed": DAMAGE,
            "w_harm": 3.0,
            "pieces_share": 0.5,
            "loop": LOOP | {"device": device, "precision": precision},
        }
    )

import json
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.torch import load_file, save_file

from wordmend.errors import WeightsError
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import build_quality_model, load_quality_model, save_quality_model


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    model = QualityModel(QualityModelConfig(image_size=48)).eval()
    with torch.no_grad():
        model.bias.add_(0.25)
    save_quality_model(tmp_path / "quality", model)
    loaded = load_quality_model(tmp_path / "quality")
    assert not loaded.training
    assert loaded.config == model.config
    images = torch.rand(2, 3, 48, 48)
    with torch.no_grad():
        assert torch.equal(loaded(images, ["a", "b"]), model(images, ["a", "b"]))
    assert sorted(path.name for path in (tmp_path / "quality").iterdir()) == [
        "config.json",
        "model.safetensors",
    ]


def test_saved_weights_are_plain_safetensors_with_clips_names(tmp_path: Path) -> None:
    save_quality_model(tmp_path, QualityModel(QualityModelConfig()))
    names = load_file(tmp_path / "model.safetensors").keys()
    clip = {name for name in names if name.startswith("clip.")}
    assert names - clip == {"log_scale", "bias"}
    assert {name.removeprefix("clip.") for name in clip} == set(
        open_clip.create_model("wordmend-small").state_dict()
    )


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"config\.json: not found.*clip_quality"):
        load_quality_model(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"nmae": "RN50"}', '{"name": "RN51"}', "\xff"])
def test_a_configuration_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(WeightsError, match=r"config\.json: not a quality model's"):
        load_quality_model(tmp_path)


def test_damaged_missing_and_foreign_weights(tmp_path: Path) -> None:
    save_quality_model(tmp_path, QualityModel(QualityModelConfig()))
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"model\.safetensors: damaged"):
        load_quality_model(tmp_path)
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(WeightsError, match=r"model\.safetensors: weights of another model"):
        load_quality_model(tmp_path)
    path.unlink()
    with pytest.raises(WeightsError, match=r"model\.safetensors: not found"):
        load_quality_model(tmp_path)


def test_a_local_open_clip_file_fills_the_encoders(tmp_path: Path) -> None:
    torch.manual_seed(1)
    clip = open_clip.create_model("wordmend-small").eval()
    path = tmp_path / "clip.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in clip.state_dict().items()}, path)
    model = build_quality_model(QualityModelConfig(weights=str(path))).eval()
    images, tokens = torch.rand(2, 3, 64, 64), model.tokenize(["sharp", "blurry"])
    normalised = (images - model.mean) / model.std
    with torch.no_grad():
        expected = clip.encode_image(normalised, normalize=True)
        assert torch.allclose(model.encode_images(images), expected, atol=1e-5)
        assert torch.allclose(
            model.encode_tokens(tokens), clip.encode_text(tokens, normalize=True), atol=1e-5
        )
    assert model.log_scale.exp().item() == pytest.approx(10)


def test_positions_are_resized_to_another_size(tmp_path: Path) -> None:
    config = open_clip.get_model_config("wordmend-small")
    config["vision_cfg"] = {"image_size": 64, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
    (tmp_path / "tiny-vit.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path / "tiny-vit.json")
    path = tmp_path / "clip.safetensors"
    save_file(open_clip.create_model("tiny-vit").state_dict(), path)
    model = build_quality_model(
        QualityModelConfig(name="tiny-vit", weights=str(path), image_size=96, context_length=24)
    )
    assert model.clip.visual.positional_embedding.shape == (1 + 6 * 6, 32)
    assert model.clip.positional_embedding.shape[0] == 24
    with torch.no_grad():
        assert model.eval()(torch.rand(1, 3, 130, 96), ["sharp"]).shape == (1,)


def test_other_formats_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "clip.pt"
    torch.save(QualityModel(QualityModelConfig()).clip.state_dict(), path)
    with pytest.raises(WeightsError, match="safetensors files only"):
        build_quality_model(QualityModelConfig(weights=str(path)))


def test_a_file_of_another_architecture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.safetensors"
    save_file({"visual.conv1.weight": torch.zeros(8, 3, 3, 3)}, path)
    with pytest.raises(WeightsError, match="Set name, image_size and context_length"):
        build_quality_model(QualityModelConfig(weights=str(path)))


def test_a_training_goes_on_from_a_quality_model(tmp_path: Path) -> None:
    model = QualityModel(QualityModelConfig(image_size=32, initial_scale=7.0, initial_bias=0.5))
    save_quality_model(tmp_path, model)
    config = QualityModelConfig(image_size=32, weights=str(tmp_path / "model.safetensors"))
    found = build_quality_model(config).state_dict()
    assert found.keys() == model.state_dict().keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in model.state_dict().items())
    other = config.model_copy(update={"context_length": 16})
    with pytest.raises(WeightsError, match=r"another model.*context_length"):
        build_quality_model(other)

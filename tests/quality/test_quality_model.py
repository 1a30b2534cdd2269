import json
from functools import cache
from pathlib import Path

import open_clip
import pytest
import torch
from pydantic import ValidationError

from wordmend.errors import ImageError, LanguageError, ParameterError, WeightsError
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.towers import encode_clip_tokens

TEXTS = ["the image is clear", "the image is not clear", "a scratch is left on the upper left area"]


@cache
def small_model() -> QualityModel:
    torch.manual_seed(0)
    return QualityModel(QualityModelConfig()).eval()


def test_our_configuration_is_one_of_open_clips() -> None:
    assert "wordmend-small" in open_clip.list_models()
    assert open_clip.create_model("wordmend-small").encode_image(torch.rand(2, 3, 64, 64)).shape == (2, 128)


@pytest.mark.parametrize("size", [(16, 16), (64, 64), (96, 96), (40, 131)])
@torch.no_grad()
def test_pictures_of_any_size_become_unit_vectors(size: tuple[int, int]) -> None:
    vectors = small_model().encode_images(torch.rand(3, 3, *size))
    assert vectors.shape == (3, 128)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(3), atol=1e-5)


@torch.no_grad()
def test_a_tower_of_fixed_size_sees_windows_of_its_size(tmp_path: Path) -> None:
    config = open_clip.get_model_config("wordmend-small")
    config["vision_cfg"] = {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16, "patch_size": None}
    (tmp_path / "tiny-resnet.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path / "tiny-resnet.json")
    model = QualityModel(QualityModelConfig(name="tiny-resnet")).eval()
    assert not model.any_size
    image = torch.rand(1, 3, 64, 128)
    halves = model.encode_images(torch.cat([image[..., :64], image[..., 64:]]))
    mean = torch.nn.functional.normalize(halves.mean(dim=0, keepdim=True), dim=1)
    assert torch.allclose(model.encode_images(image), mean, atol=1e-5)
    assert model.encode_images(torch.rand(1, 3, 20, 50)).shape == mean.shape


@torch.no_grad()
def test_gray_is_seen_as_three_equal_channels() -> None:
    gray = torch.rand(2, 1, 64, 64)
    assert torch.equal(
        small_model().encode_images(gray), small_model().encode_images(gray.repeat(1, 3, 1, 1))
    )


@torch.no_grad()
def test_detail_counts_at_its_own_resolution() -> None:
    board = (torch.arange(64)[:, None] + torch.arange(64)) % 2
    fine = board.float().expand(1, 3, 64, 64)
    flat = torch.full_like(fine, 0.5)  # what is left of the board at half the resolution
    cosine = (small_model().encode_images(fine) * small_model().encode_images(flat)).sum()
    assert cosine < 0.99


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 4, 64, 64), (1, 3, 15, 64)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match=str(shape).replace("(", r"\(").replace(")", r"\)")):
        small_model().encode_images(torch.zeros(shape))


@torch.no_grad()
def test_similarity_is_pair_by_pair_and_in_bounds() -> None:
    model = small_model()
    similarity = model(torch.rand(3, 3, 64, 64), TEXTS)
    assert similarity.shape == (3,)
    assert ((similarity >= 0) & (similarity <= 1)).all()
    vector = model.encode_texts(TEXTS[:1])
    best = torch.sigmoid(model.log_scale.exp() + model.bias)
    assert torch.allclose(model.similarity(vector, vector), best, atol=1e-5)
    assert (similarity <= best).all()


@torch.no_grad()
def test_padding_is_left_out_without_changing_vectors() -> None:
    model = small_model()
    tokens = model.tokenize([*TEXTS, "x", "word " * 100])
    assert tokens.shape == (5, model.config.context_length)
    assert torch.allclose(encode_clip_tokens(model.clip, tokens), model.clip.encode_text(tokens), atol=1e-5)
    alone = encode_clip_tokens(model.clip, tokens[:1])
    assert torch.allclose(alone, model.clip.encode_text(tokens[:1]), atol=1e-5)


def test_no_texts_are_refused() -> None:
    with pytest.raises(LanguageError, match="at least one"):
        small_model().encode_texts([])


def test_a_frozen_model_passes_gradients_to_pictures_and_stays_as_it_is() -> None:
    model = QualityModel(QualityModelConfig()).eval().requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    images = torch.rand(2, 3, 64, 64, requires_grad=True)
    model(images, TEXTS[:2]).sum().backward()
    assert images.grad is not None
    assert torch.isfinite(images.grad).all() and images.grad.abs().sum() > 0
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_gradients_of_a_flat_picture_are_finite() -> None:
    images = torch.zeros(2, 3, 64, 64, requires_grad=True)
    small_model()(images, TEXTS[:2]).sum().backward()
    assert images.grad is not None and torch.isfinite(images.grad).all()


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ParameterError, match="did you mean 'RN50'"):
        QualityModel(QualityModelConfig(name="RN5O"))


def test_an_unknown_tag_names_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="openai"):
        QualityModel(QualityModelConfig(name="RN50", pretrained="opennai"))


def test_two_sources_of_weights_are_refused() -> None:
    with pytest.raises(ValidationError, match="set one of them to null"):
        QualityModelConfig(pretrained="openai", weights="model.safetensors")

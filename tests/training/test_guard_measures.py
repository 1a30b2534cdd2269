import piq
import pytest
import torch
from torch import Tensor

from wordmend.comments.entry import Region
from wordmend.comments.words import TargetText
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.training.guard_measures import GuardMeasures, WantedSimilarity

CLEAR = TargetText("the image is clear", "sharpness", None, "preset", None)
NO_NOISE = TargetText("the image has no noise", "noise", None, "measured", "c1")
HERE = TargetText("no scratch is here", "scratches", Region(40, 8, 6, 6), "person", "c2")


@pytest.fixture(scope="module")
def model() -> QualityModel:
    torch.manual_seed(0)
    return QualityModel(QualityModelConfig(image_size=32)).eval()


@pytest.fixture
def images() -> Tensor:
    return torch.rand(3, 3, 48, 64, generator=torch.Generator().manual_seed(0))


def test_each_image_is_compared_with_what_is_wanted_of_it(model: QualityModel, images: Tensor):
    found = WantedSimilarity(model, [[CLEAR, NO_NOISE], [], [HERE]])(images)
    whole = model(images[[0, 0]], [CLEAR.text, NO_NOISE.text]).mean()
    window = model(images[2:, :, 0:32, 27:59], [HERE.text])[
        0
    ]  # the region in its middle, moved into the picture
    assert found[[0, 2]].tolist() == pytest.approx([float(whole), float(window)], abs=1e-5)
    assert found[1].isnan()


def test_many_texts_and_windows_change_nothing(model: QualityModel, images: Tensor):
    wanted = [[CLEAR], [HERE, CLEAR], [NO_NOISE, HERE]]
    once = WantedSimilarity(model, wanted)(images)
    often = WantedSimilarity(model, wanted * 30)(images.repeat(30, 1, 1, 1))
    assert often.tolist() == pytest.approx(once.tolist() * 30, abs=1e-5)


def test_the_model_is_frozen_and_nothing_gets_a_gradient(model: QualityModel, images: Tensor):
    measures = GuardMeasures(model, None, [[CLEAR]] * 3)
    found = measures(images.requires_grad_(), images.detach())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert set(found) == {"psnr", "haarpsi", "similarity"}
    assert all(values.shape == (3,) and not values.requires_grad for values in found.values())


def test_the_measures_are_what_they_are_called(model: QualityModel, images: Tensor):
    torch.manual_seed(1)
    judge = QualityModel(QualityModelConfig(name="wordmend-dct", image_size=32))
    wanted = [[CLEAR]] * 3
    gt = (images + 0.1).clamp(0, 1)
    found = GuardMeasures(model, judge, wanted)(images, gt)
    assert found["psnr"].tolist() == pytest.approx(
        (-10 * (images - gt).square().mean((1, 2, 3)).log10()).tolist()
    )
    assert float(found["haarpsi"].mean()) == pytest.approx(float(piq.haarpsi(images, gt)), abs=1e-6)
    assert torch.equal(found["similarity"], WantedSimilarity(model, wanted)(images))
    assert torch.equal(found["judge_similarity"], WantedSimilarity(judge, wanted)(images))
    assert not torch.equal(found["judge_similarity"], found["similarity"])


def test_where_nothing_is_wanted_there_are_psnr_and_haarpsi(model: QualityModel, images: Tensor):
    assert set(GuardMeasures(model, model, [[], [], []])(images, images)) == {"psnr", "haarpsi"}

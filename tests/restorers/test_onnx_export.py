"""ONNX files against PyTorch, run by onnxruntime."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from tests.restorers.test_networks import SMALL
from tests.restorers.test_spandrel import changing
from wordmend.errors import WeightsError, WordmendError
from wordmend.restoration.tiling import restore_image
from wordmend.restorers import onnx_export
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import network_of
from wordmend.restorers.onnx_export import NOT_EXPORTABLE, AnySize, export_onnx
from wordmend.restorers.weights import Restorer


def test_every_network_can_be_exported_or_is_known_not_to():
    assert set(SMALL) - set(NOT_EXPORTABLE) == {"NAFNet", "DRUNet", "SCUNet", "SwinIR"}


def made(name: str, channels: int = 3) -> Restorer:
    return changing(RestorerConfig(architecture=name, channels=channels, options=SMALL[name]))


def run(path: Path, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["restored"], {"image": images})[0]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "name",
    ["NAFNet", *(pytest.param(name, marks=pytest.mark.slow) for name in ("DRUNet", "SCUNet", "SwinIR"))],
)
def test_every_size_gives_what_pytorch_gives(name: str, channels: int, tmp_path: Path):
    restorer, path = made(name, channels), tmp_path / "restorer.onnx"
    export_onnx(restorer, path)
    multiple = network_of(restorer.config).multiple
    rng = np.random.default_rng(0)
    for height, width in ((multiple, 2 * multiple), (1, 1), (5, 70), (2 * multiple + 1, 37)):
        picture = rng.random((height, width, channels), dtype=np.float32)
        expected = restore_image(restorer.network, picture, channels=channels, multiple=multiple)
        found = run(path, picture.transpose(2, 0, 1)[None])
        np.testing.assert_allclose(found[0].transpose(1, 2, 0), expected, atol=2e-5)
        assert np.abs(expected - picture).max() > 1e-3


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "restorer.onnx"
    export_onnx(made("NAFNet"), path)
    return path


def test_a_batch_is_restored_picture_by_picture(exported: Path):
    images = np.random.default_rng(0).random((3, 3, 20, 33), dtype=np.float32)
    one_by_one = np.concatenate([run(exported, image[None]) for image in images])
    np.testing.assert_allclose(run(exported, images), one_by_one, atol=1e-6)


def test_names_and_sizes_are_open(exported: Path):
    model = onnx.load(exported)
    onnx.checker.check_model(model, full_check=True)
    for value, name in ((model.graph.input[0], "image"), (model.graph.output[0], "restored")):
        dims = value.type.tensor_type.shape.dim
        assert value.name == name
        assert [dim.dim_param or dim.dim_value for dim in dims] == ["batch", 3, "height", "width"]


def test_the_file_tells_nothing_of_the_machine(exported: Path):
    content = exported.read_bytes()
    assert str(Path(torch.__file__).parent).encode() not in content
    assert str(Path(onnx_export.__file__).parent).encode() not in content
    assert b"stack_trace" not in content


def test_the_same_weights_give_the_same_bytes(exported: Path, tmp_path: Path):
    export_onnx(made("NAFNet"), tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == exported.read_bytes()


def test_the_network_is_left_as_it_was(tmp_path: Path):
    restorer = made("NAFNet")
    restorer.network.train()
    restorer.network.get_submodule("intro").eval()
    export_onnx(restorer, tmp_path / "restorer.onnx")
    assert restorer.network.training
    assert not restorer.network.get_submodule("intro").training


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9])
def test_the_margin_is_numpys_reflection(length: int):
    class Input(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            seen.append(image)
            return image

    seen: list[torch.Tensor] = []
    image = torch.rand(1, 1, length, 8)
    assert torch.equal(AnySize(Input(), 8)(image), image)
    padding = ((0, 0), (0, 0), (8, 8 + -length % 8), (8, 8))
    assert np.array_equal(seen[0].numpy(), np.pad(image.numpy(), padding, mode="reflect"))


@pytest.mark.slow
def test_a_file_that_gives_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The exporter takes SwinIR's batch for fixed and says nothing."""
    monkeypatch.setattr(onnx_export, "ONE_AT_A_TIME", frozenset())
    with pytest.raises(WeightsError, match=r"restorer.onnx: as ONNX, SwinIR .* from PyTorch's, more than"):
        export_onnx(made("SwinIR"), tmp_path / "restorer.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NOT_EXPORTABLE)
def test_networks_that_cant_be_exported_are_refused_with_the_reason(name: str, tmp_path: Path):
    with pytest.raises(WeightsError, match=rf"restorer.onnx: {name} can't be written as ONNX: it "):
        export_onnx(made(name), tmp_path / "restorer.onnx")
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None if name == "onnxscript" else object())
    with pytest.raises(WordmendError, match=r"needs onnxscript: pip install 'wordmend\[onnx\]'"):
        export_onnx(made("NAFNet"), tmp_path / "restorer.onnx")

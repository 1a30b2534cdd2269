"""The models from code, without a server."""

import ast
import base64
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import packages_distributions
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModelContext

from wordmend.assessment.where_fault import Beside, in_use
from wordmend.images.channels import FloatImage, to_bytes, to_channels, to_float
from wordmend.images.picture import Metadata, Picture
from wordmend.images.picture_writing import write_pictures
from wordmend.images.reading import read_image, read_pictures
from wordmend.images.tensors import to_tensor
from wordmend.images.writing import encode_png
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import save_quality_model
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig, Use
from wordmend.restorers.networks import build_restorer
from wordmend.restorers.weights import Restorer, save_restorer
from wordmend.serving.quality_model import QualityPythonModel
from wordmend.serving.requests import AnswerError
from wordmend.serving.restorer_model import RestorerModel


def encoded(image: FloatImage) -> str:
    return base64.b64encode(encode_png(to_bytes(image))).decode()


def test_stage2_is_served_where_there_is_fault(
    restorer: Restorer, textured: Callable[..., FloatImage], tmp_path: Path
):
    """As `restore` does it: with the control and the quality model that were logged with it."""
    config = RestorerConfig(options={"width": 4})
    control = Restorer(build_restorer(config).eval(), config)
    torch.manual_seed(0)
    beside = Beside(control, QualityModel(QualityModelConfig(image_size=32)).eval())
    stage2 = replace(restorer, use=Use(sharpness=0.25))
    parts = {name: str(tmp_path / name) for name in ("restorer", "control", "quality")}
    save_restorer(Path(parts["restorer"]), stage2)
    save_restorer(Path(parts["control"]), control)
    save_quality_model(Path(parts["quality"]), beside.quality_model)
    picture = textured(45, 70)
    served = []
    for given in (parts, {"restorer": parts["restorer"]}):
        model, context = RestorerModel(), PythonModelContext(given, None)
        model.load_context(context)
        (restored,) = model.predict(context, [encoded(picture)])
        (tmp_path / "restored.png").write_bytes(base64.b64decode(restored))
        served.append(read_image(tmp_path / "restored.png"))
    for found, expected in zip(served, (in_use(stage2, beside), stage2), strict=True):
        pixels = PictureRestorer(expected).restore(Picture(to_bytes(picture))).pixels
        np.testing.assert_allclose(found, to_float(pixels), atol=1.01 / 255)
    assert np.abs(served[0] - served[1]).max() > 0.02


@pytest.mark.parametrize(
    "config",
    [
        RestorerConfig(channels=1, options={"width": 4}),
        RestorerConfig(architecture="SCUNet", options={"config": [1] * 7, "dim": 64}),
    ],
)
def test_gray_restorers_and_other_networks_are_served(
    config: RestorerConfig, textured: Callable[..., FloatImage], tmp_path: Path
):
    save_restorer(tmp_path, Restorer(build_restorer(config), config))
    model = RestorerModel()
    context = PythonModelContext({"restorer": str(tmp_path)}, None)
    model.load_context(context)
    picture = textured(40, 50)
    (restored,) = model.predict(context, [encoded(picture)])
    (tmp_path / "restored.png").write_bytes(base64.b64decode(restored))
    result = read_image(tmp_path / "restored.png", config.channels)
    assert result.shape == (40, 50, config.channels)
    if config.architecture == "NAFNet":  # fresh ones give back what they get
        np.testing.assert_allclose(result, to_channels(picture, 1), atol=1.01 / 255)


@pytest.fixture
def restoring(restorer: Restorer, tmp_path: Path) -> tuple[RestorerModel, PythonModelContext, Path]:
    """A model with weights that change pictures, and the folder of the weights."""
    save_restorer(tmp_path / "weights", restorer)
    model, context = RestorerModel(), PythonModelContext({"restorer": str(tmp_path / "weights")}, None)
    model.load_context(context)
    return model, context, tmp_path / "weights"


def test_a_picture_comes_back_as_restore_writes_it(restoring, textured: Callable[..., FloatImage], tmp_path):
    """With its depth, transparency and resolution, and with small changes left out."""
    model, context, weights = restoring
    pixels = np.rint(textured(40, 50) * 65535).astype(np.uint16)
    alpha = np.linspace(0, 65535, 40 * 50).astype(np.uint16).reshape(40, 50)
    source, expected = tmp_path / "scan.png", tmp_path / "expected.png"
    write_pictures(source, [Picture(pixels, alpha, Metadata(dpi=(600.0, 600.0)))])
    PictureRestorer.load(weights).restore_file(source, expected)
    (restored,) = model.predict(context, [base64.b64encode(source.read_bytes()).decode()])
    assert base64.b64decode(restored) == expected.read_bytes()
    (kept,) = read_pictures(expected)
    assert kept.levels == 65535
    assert np.array_equal(kept.alpha, alpha)
    assert not np.array_equal(kept.pixels, pixels)


SERVE = """
import sys
from mlflow.pyfunc import PythonModelContext
from wordmend.serving.restorer_model import RestorerModel
model, context = RestorerModel(), PythonModelContext({"restorer": sys.argv[1]}, None)
model.load_context(context)
model.predict(context, [sys.argv[2]])
print(*(module.__file__ for name, module in sys.modules.items() if name.startswith("wordmend.")))
"""


def test_what_serving_imports_is_among_its_requirements(restoring, textured: Callable[..., FloatImage]):
    """In an environment made for the model there is nothing else."""
    arguments = [sys.executable, "-c", SERVE, str(restoring[2]), encoded(textured(20, 30))]
    run = subprocess.run(arguments, capture_output=True, text=True, check=True)
    imported = set()
    for file in run.stdout.split():
        for node in ast.walk(ast.parse(Path(file).read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported |= {name.split(".")[0] for name in names}
    source = files("wordmend.serving") / "requirements.txt"
    required = set(source.read_text().split())
    packages = packages_distributions()
    missing = {n for n in imported & set(packages) - {"wordmend"} if not required & set(packages[n])}
    assert "torch" in imported
    assert missing == set()


def test_a_file_of_several_pages_is_refused(restoring, textured: Callable[..., FloatImage], tmp_path):
    model, context, _ = restoring
    pages = tmp_path / "pages.tif"
    write_pictures(pages, [Picture(to_bytes(textured(20, 30)))] * 2, count=2)
    with pytest.raises(AnswerError, match="picture 1: 2 pages; send one in a file"):
        model.predict(context, [base64.b64encode(pages.read_bytes()).decode()])


def test_limits_can_be_set_by_those_who_serve(textured: Callable[..., FloatImage], tmp_path: Path):
    config = RestorerConfig(options={"width": 4})
    save_restorer(tmp_path, Restorer(build_restorer(config), config))
    model = RestorerModel()
    context = PythonModelContext({"restorer": str(tmp_path)}, {"max_pixels": 1000})
    model.load_context(context)
    with pytest.raises(AnswerError, match="picture 1: 40 x 30 pixels, more than max_pixels=1000"):
        model.predict(context, [encoded(textured(30, 40))])


@pytest.fixture
def quality(tmp_path: Path) -> tuple[QualityPythonModel, PythonModelContext]:
    save_quality_model(tmp_path, QualityModel(QualityModelConfig(image_size=32)).eval())
    model, context = QualityPythonModel(), PythonModelContext({"quality": str(tmp_path)}, None)
    model.load_context(context)
    return model, context


def test_similarities_are_those_of_the_quality_model(quality, textured: Callable[..., FloatImage]):
    model, context = quality
    picture = textured(40, 50)
    texts = ["the image is clear", "there are scratches"]
    found = model.predict(context, [{"image": encoded(picture), "text": text} for text in texts])
    with torch.inference_mode():
        image = to_tensor(to_bytes(picture).astype(np.float32) / 255)[None]
        expected = model.model(image.expand(2, -1, -1, -1), texts).tolist()
    assert found == pytest.approx(expected, abs=1e-5)
    assert found[0] != found[1]


FAULTS = {
    "picture 1: has no 'text', but 'image'": {"image": "AAAA"},
    "picture 1: has no 'image', but 'text'": {"text": "clear"},
    "picture 1: not base64": {"image": "!", "text": "clear"},
    "picture 1: not an image": {"image": "AAAA", "text": "clear"},
    "picture 1: 8 x 9 pixels; both sides": {
        "image": encoded(np.zeros((9, 8, 3), np.float32)),
        "text": "clear",
    },
    "picture 1: the text ' ' has no words": {"image": "AAAA", "text": " "},
    "list": {"image": "AAAA", "text": 3},
}


@pytest.mark.parametrize("reason", FAULTS)
def test_what_is_wrong_with_a_question_is_told(quality, reason: str):
    model, context = quality
    with pytest.raises(MlflowException, match=reason) as error:
        model.predict(context, [FAULTS[reason]])
    assert error.value.get_http_status_code() == 400

"""A restorer behind a real `mlflow models serve`."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import mlflow
import numpy as np
import pytest

from tests.mlflow_server import model_server
from wordmend.images.channels import FloatImage, rounded_to_bytes, to_bytes, to_float
from wordmend.images.picture import Picture
from wordmend.images.reading import read_image
from wordmend.images.writing import encode_png
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.weights import Restorer
from wordmend.serving.limits import Limits
from wordmend.tracking import log_restorer

pytestmark = pytest.mark.slow

Ask = Callable[..., httpx.Response]


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def ask(restorer: Restorer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Log the restorer, serve it, and send it what a test has."""
    folder = tmp_path_factory.mktemp("serving")
    store = f"sqlite:///{folder}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        before = mlflow.get_tracking_uri()
        mlflow.set_tracking_uri(store)
        try:
            with mlflow.start_run(experiment_id="0"):  # other tests leave one of another store
                log_restorer(restorer, "stage2")
        finally:
            mlflow.set_tracking_uri(before)
    with model_server(folder, store, "models:/wordmend-restorer/1") as server:
        yield lambda **request: httpx.post(f"{server.url}/invocations", timeout=60, **request)


@pytest.fixture
def pictures(textured: Callable[..., FloatImage]) -> list[FloatImage]:
    """Two of different sizes, neither a multiple of anything."""
    return [rounded_to_bytes(textured(45, 70)), rounded_to_bytes(textured(33, 21, seed=1))]


def check(ask: Ask, restorer: Restorer, pictures: list[FloatImage], path: Path) -> None:
    answer = ask(json={"inputs": [encoded(encode_png(to_bytes(picture))) for picture in pictures]})
    assert answer.status_code == 200, answer.text
    restored = answer.json()["predictions"]
    assert len(restored) == len(pictures)
    for picture, result in zip(pictures, restored, strict=True):
        path.write_bytes(base64.b64decode(result))
        expected = PictureRestorer(restorer).restore(Picture(to_bytes(picture)))
        assert np.abs(to_float(expected.pixels) - picture).max() > 0.1
        np.testing.assert_allclose(read_image(path), to_float(expected.pixels), atol=1.01 / 255)


def test_pictures_come_back_restored(ask, restorer, pictures, tmp_path):
    check(ask, restorer, pictures[:1], tmp_path / "picture.png")
    check(ask, restorer, pictures, tmp_path / "picture.png")


def huge() -> str:
    """A PNG of a few hundred kilobytes that would take gigabytes when decoded."""
    return encoded(encode_png(np.zeros((20_000, 20_000), dtype=np.uint8)))


FAULTS = {
    "not base64": (lambda: {"inputs": ["!?"]}, "picture 1: not base64"),
    "a data URL": (lambda: {"inputs": ["data:image/png;base64,AAAA"]}, "picture 1: not base64"),
    "not an image": (lambda: {"inputs": [encoded(b"words")]}, "picture 1: not an image that can be read"),
    "empty": (lambda: {"inputs": [""]}, "picture 1: the file is empty"),
    "truncated": (
        lambda: {"inputs": [encoded(encode_png(np.eye(64, dtype=np.uint8))[:90])]},
        "picture 1: ",
    ),
    "too many pixels": (lambda: {"inputs": [huge()]}, "20000 x 20000 pixels, more than max_pixels=20000000"),
    "too many bytes": (
        lambda: {"inputs": ["A" * (Limits().max_bytes * 4 // 3 + 8)]},
        "a file of 33.6 MB, more than max_bytes=33554432",
    ),
    "too many": (
        lambda: {"inputs": ["AAAA"] * 17},
        "17 pictures in one request; send at least 1 and",
    ),
    "none": (lambda: {"inputs": []}, "0 pictures in one request"),
    "a number": (lambda: {"inputs": [7]}, "str"),
    "nothing": (lambda: {"inputs": [None]}, "str"),
    "no list": (lambda: {"inputs": {"picture": "AAAA"}}, "list"),
    "a text": (lambda: {"inputs": "AAAA"}, "list"),
    "another key": (lambda: {"picture": ["AAAA"]}, "inputs"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_request_is_told_what_is_wrong(name, ask, restorer, pictures, tmp_path):
    request, reason = FAULTS[name]
    answer = ask(json=request())
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert reason in message
    assert "Traceback" not in answer.text
    assert len(answer.text) < 1000
    check(ask, restorer, pictures[:1], tmp_path / "picture.png")  # the server lives on


def test_a_bad_picture_among_good_ones_is_named(ask, pictures):
    good = encoded(encode_png(to_bytes(pictures[0])))
    answer = ask(json={"inputs": [good, encoded(b"words")]})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("picture 2: not an image")


@pytest.mark.parametrize("kind", ["image/png", "text/plain"])
def test_other_content_is_refused(kind, ask, pictures):
    answer = ask(content=encode_png(to_bytes(pictures[0])), headers={"content-type": kind})
    assert answer.status_code == 415
    assert "only supports the following content types" in answer.text


def test_broken_json_is_refused(ask):
    answer = ask(content=b'{"inputs": [', headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "valid JSON" in answer.json()["message"]

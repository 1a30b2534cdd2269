import errno
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wordmend.errors import ImageError, WordmendError
from wordmend.images.channels import rounded_to_bytes, to_bytes, to_channels, to_float
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))


@settings(max_examples=40, deadline=None)
@given(
    image=SHAPES.flatmap(lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(-0.5, 1.5, width=32)))
)
def test_what_is_written_is_read_back_rounded(
    tmp_path_factory: pytest.TempPathFactory, image: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("w") / "a.png"
    write_image(path, image)
    expected = np.round(np.clip(image, 0, 1) * 255) / 255
    np.testing.assert_allclose(read_image(path, image.shape[2]), expected, atol=1e-6)


def test_bytes_survive_the_way_through_floats() -> None:
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_bytes(to_float(every)), every)


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "b" / "c" / "a.png"
    write_image(path, np.zeros((4, 4, 3), dtype=np.float32))
    write_image(path, np.ones((4, 4, 3), dtype=np.float32))
    assert list(path.parent.iterdir()) == [path]
    assert read_image(path).min() == 1
    assert stat.S_IMODE(path.stat().st_mode) & 0o400


@pytest.mark.parametrize(
    ("name", "image", "reason"),
    [
        ("a.jpg", np.zeros((2, 2, 3)), "ends in .png"),
        ("a.png", np.zeros((2, 2)), "shape"),
        ("a.png", np.zeros((2, 2, 4)), "shape"),
        ("a.png", np.full((2, 2, 3), np.nan), "not numbers"),
    ],
)
def test_unusable_images_are_refused(tmp_path: Path, name: str, image: np.ndarray, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        write_image(tmp_path / name, image.astype(np.float32))
    assert not list(tmp_path.iterdir())


def test_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def full(self: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WordmendError, match=r"a\.png: can't be written: No space left.*MB are free"):
        write_image(path, np.zeros((4, 4, 3), dtype=np.float32))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_image_rounded_to_bytes_is_what_is_read_back() -> None:
    image = np.random.default_rng(0).uniform(-0.2, 1.2, (24, 40, 3)).astype(np.float32)
    before = image.copy()
    assert rounded_to_bytes(image).tobytes() == to_float(to_bytes(image)).tobytes()
    np.testing.assert_array_equal(image, before)


def test_gray_is_repeated_and_rgb_becomes_luma() -> None:
    image = np.random.default_rng(0).random((24, 40, 1), dtype=np.float32)
    np.testing.assert_array_equal(to_channels(image, 3), np.repeat(image, 3, axis=2))
    np.testing.assert_allclose(to_channels(to_channels(image, 3), 1), image, atol=1e-6)

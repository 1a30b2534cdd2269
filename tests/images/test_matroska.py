from fractions import Fraction
from pathlib import Path

import av
import pytest

from wordmend.images.matroska import set_display_ratio


def write(path: Path) -> Path:
    with av.open(str(path), "w") as out:
        film = out.add_stream("ffv1", rate=25)
        film.width, film.height = 720, 576
        out.mux(film.encode(av.VideoFrame(720, 576, "yuv420p")))
        out.mux(film.encode(None))
    return path


def shape(path: Path) -> Fraction | None:
    """Width to height of a pixel."""
    with av.open(str(path)) as container:
        return container.streams.video[0].sample_aspect_ratio


@pytest.mark.parametrize("pixel", [Fraction(16, 15), Fraction(64, 45), Fraction(12, 11), Fraction(1, 2)])
def test_pixels_have_the_shape_that_was_set(tmp_path: Path, pixel: Fraction) -> None:
    path = write(tmp_path / "a.mkv")
    length = path.stat().st_size
    assert set_display_ratio(path, pixel * Fraction(720, 576))
    assert (shape(path), path.stat().st_size) == (pixel, length)
    with av.open(str(path), container_options={"err_detect": "crccheck+explode"}) as container:
        assert len(list(container.decode(video=0))) == 1


def test_ratios_of_many_digits_are_near(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv")
    assert set_display_ratio(path, Fraction(3**20, 2**31))
    found = shape(path)
    assert found is not None and float(found * Fraction(720, 576)) == pytest.approx(3**20 / 2**31, abs=1e-6)


def test_files_without_a_place_for_it_stay_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv")
    whole = path.read_bytes()
    assert set_display_ratio(path, Fraction(4, 3))
    for data, ratio in (
        (path.read_bytes(), Fraction(16, 9)),
        (whole, Fraction(2**20, 3)),
        (whole, Fraction(1, 2**14)),
        (b"", Fraction(16, 9)),
        (whole[:40] * 3, Fraction(16, 9)),
    ):
        path.write_bytes(data)
        assert not set_display_ratio(path, ratio)
        assert path.read_bytes() == data

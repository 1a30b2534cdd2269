from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wordmend.images.photos import Photo, find_photos
from wordmend.images.writing import write_image


@pytest.fixture
def make_photos(tmp_path: Path) -> Callable[..., list[Photo]]:
    """Write textured photographs of 80 x 64 pixels and scan them."""

    def make(count: int, size: tuple[int, int] = (64, 80)) -> list[Photo]:
        folder = tmp_path / "photos"
        for index in range(count):
            rng = np.random.default_rng(index)
            write_image(folder / f"photo{index}.png", rng.random((*size, 3), dtype=np.float32))
        return find_photos(folder).photos

    return make

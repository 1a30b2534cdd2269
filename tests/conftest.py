"""Fixtures for all tests: a small library of pairs from the sample photographs."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny tensors gain nothing by threads
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # bitwise tests are about CPUs

from wordmend.comments.language import QualityLanguage
from wordmend.images.photos import find_photos
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.pairs.library import PairLibrary, write_pairs
from wordmend.pairs.synthesis import synthesize_pairs

pytest_plugins = ["tests.projects", "tests.mlflow_server", "tests.registry", "tests.trained"]

LEXICON_FILE = Path(__file__).parents[1] / "conf" / "base" / "quality_language.yml"


@pytest.fixture(scope="session")
def lexicon() -> dict[str, object]:
    return yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8"))["quality_language"]


@pytest.fixture(scope="session")
def language(lexicon: dict[str, object]) -> QualityLanguage:
    return QualityLanguage(lexicon)


@pytest.fixture(scope="session")
def small_library_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 pairs of 32 x 32 pixels, two from each of the sample photographs."""
    path = tmp_path_factory.mktemp("small") / "pairs.parquet"
    config = PairSynthesisConfig(size=32, pairs=30, workers=1)
    write_pairs(path, synthesize_pairs(find_photos(None).photos, config, seed=0))
    return path


@pytest.fixture
def small_library(small_library_path: Path) -> PairLibrary:
    return PairLibrary.open(small_library_path)


@pytest.fixture
def textured() -> Callable[..., np.ndarray]:
    """Make a picture `(H, W, C)` with edges and texture."""

    def make(height: int = 32, width: int = 32, channels: int = 3, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        picture = rng.random((height, width, channels), dtype=np.float32) * 0.3
        picture[height // 4 : height // 2, width // 4 :] += 0.5
        return picture

    return make

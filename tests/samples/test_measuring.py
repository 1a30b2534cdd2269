from pathlib import Path

import pandas as pd
import pytest

from wordmend.comments.language import QualityLanguage
from wordmend.comments.measured_config import MeasuredConfig
from wordmend.pairs.library import PairLibrary
from wordmend.samples.config import SamplesConfig
from wordmend.samples.measuring import measure_samples
from wordmend.samples.quality_samples import list_quality_samples
from wordmend.samples.restored import RestoredLibrary, open_restored, restored_images, write_restored


@pytest.fixture
def restored(small_library: PairLibrary, tmp_path: Path) -> RestoredLibrary:
    images = [(pair.pair_id, pair.lq) for pair in small_library]
    write_restored(tmp_path / "restored.parquet", restored_images(images, []))
    return open_restored(tmp_path / "restored.parquet")


def test_the_number_of_processes_changes_nothing(
    small_library: PairLibrary, restored: RestoredLibrary, language: QualityLanguage
):
    samples = list_quality_samples(small_library, restored, SamplesConfig(), small_library.folder, seed=0)
    one, two = (
        measure_samples(samples, small_library, restored, MeasuredConfig(workers=workers), language, seed=0)
        for workers in (1, 2)
    )
    assert len(one) > len(small_library)
    pd.testing.assert_frame_equal(one, two)


def test_the_words_for_one_sample_do_not_depend_on_the_others(
    small_library: PairLibrary, restored: RestoredLibrary, language: QualityLanguage
):
    samples = list_quality_samples(small_library, restored, SamplesConfig(), small_library.folder, seed=0)
    config = MeasuredConfig(workers=1)
    every = measure_samples(samples, small_library, restored, config, language, seed=0)
    some = measure_samples(samples[5:9], small_library, restored, config, language, seed=0)
    alike = every[every["sample_id"].isin(samples["sample_id"][5:9])].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, alike)

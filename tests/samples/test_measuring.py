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
        measure_samples(
            samples, small_library, small_library.folder, MeasuredConfig(workers=workers), language, seed=0
        )
        for workers in (1, 2)
    )
    assert len(one) > len(small_library)
    pd.testing.assert_frame_equal(one, two)


def test_the_words_for_one_sample_do_not_depend_on_the_others(
    small_library: PairLibrary, restored: RestoredLibrary, language: QualityLanguage
):
    samples = list_quality_samples(small_library, restored, SamplesConfig(), small_library.folder, seed=0)
    config = MeasuredConfig(workers=1)
    every = measure_samples(samples, small_library, small_library.folder, config, language, seed=0)
    some = measure_samples(samples[5:9], small_library, small_library.folder, config, language, seed=0)
    alike = every[every["sample_id"].isin(samples["sample_id"][5:9])].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, alike)


def test_a_picture_that_has_changed_since_is_measured_itself(
    small_library: PairLibrary, restored: RestoredLibrary, language: QualityLanguage
):
    """As an annotated one, of which the restorer makes another picture by now."""
    mix = SamplesConfig(lq=0, gt=1, restored=1)
    samples = list_quality_samples(small_library, restored, mix, small_library.folder, seed=0)
    gt_paths = samples[samples["kind"] == "gt"].set_index("pair_id")["image_path"]
    old = samples[samples["kind"] == "restored"].copy()
    old["image_path"] = old["pair_id"].map(gt_paths)  # nothing to find fault with
    measured = measure_samples(
        old, small_library, small_library.folder, MeasuredConfig(workers=1), language, seed=0
    )
    assert not measured.empty
    assert not any(
        language.finds_fault(text) == bool(c)
        for text, c in zip(measured["text"], measured["conforms"], strict=True)
    )

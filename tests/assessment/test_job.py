"""Folders of pictures into tables and pages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tests.assessment.conftest import NoiseModel
from wordmend.assessment.config import DEFAULT_TEXTS, AssessConfig
from wordmend.assessment.job import assess_folder, assess_pictures
from wordmend.comments.language import QualityLanguage
from wordmend.errors import ParameterError, PhotosError, WeightsError, WordmendError
from wordmend.images.writing import write_image
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model, save_quality_model


@pytest.fixture
def folder(tmp_path: Path, half_noisy: np.ndarray) -> Path:
    """Three pictures of different sizes, one of them gray, and two that are none."""
    source = tmp_path / "in"
    write_image(source / "b.png", half_noisy)
    write_image(source / "album" / "small.png", half_noisy[:20, :24, :1])
    write_image(source / "album" / "smooth.png", half_noisy[:, :110])
    (source / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    (source / "empty.png").write_bytes(b"")
    return source


@pytest.fixture
def models(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_quality_model(
        tmp_path / "models" / "quality", build_quality_model(QualityModelConfig(image_size=32))
    )
    return tmp_path / "models"


def config_for(folder: Path, output: Path) -> AssessConfig:
    return AssessConfig(input=str(folder), output=str(output), device="cpu", batch_size=5)


def test_a_row_for_each_file_and_bad_ones_do_not_stop_the_rest(
    model: NoiseModel, folder: Path, language: QualityLanguage
):
    report = assess_folder(model, folder, AssessConfig(batch_size=5), language)
    table = report.table.set_index("picture")
    assert table.index.tolist() == ["album/small.png", "album/smooth.png", "b.png", "broken.jpg", "empty.png"]
    assert table.loc["b.png", ["width", "height"]].tolist() == [160, 96]
    assert table["noise"].idxmin() == table["noise_worst"].idxmin() == "b.png"
    # the texts of other dimensions find the same in this model
    assert table.loc["album/smooth.png", "words"] == "nothing wrong was found"
    assert "at the" in table.loc["b.png", "words"] and "right" in table.loc["b.png", "words"]
    assert set(report.problems) == {"broken.jpg", "empty.png"}
    assert table.loc[["broken.jpg", "empty.png"], "noise"].isna().all()
    assert "the file is empty" in table.loc["empty.png", "problem"]
    assert table["problem"].isna().sum() == 3
    assert "empty.png" in report.page and "album/small.png" in report.page


def test_all_is_written_before_the_error_names_what_is_bad(
    models: Path, folder: Path, tmp_path: Path, language: QualityLanguage
):
    output = tmp_path / "out"
    with pytest.raises(WordmendError, match=r"(?s)2 pictures could not be assessed.*broken\.jpg.*empty\.png"):
        assess_pictures(models, config_for(folder, output), language)
    assert sorted(path.name for path in output.iterdir()) == [
        "assessment.csv",
        "assessment.html",
        "assessment.parquet",
    ]
    csv, parquet = pd.read_csv(output / "assessment.csv"), pd.read_parquet(output / "assessment.parquet")
    assert csv.columns.tolist() == parquet.columns.tolist()
    assert csv.columns.tolist() == [
        *("picture", "width", "height", *DEFAULT_TEXTS, *(f"{name}_worst" for name in DEFAULT_TEXTS)),
        *("overall", "worst_dimension", "words", "problem"),
    ]
    np.testing.assert_allclose(csv["noise"], parquet["noise"].astype(float), atol=1e-4)
    assert parquet["noise"].dropna().between(0, 1).all()


def test_whose_judgement_it_is(models: Path, folder: Path, tmp_path: Path, language: QualityLanguage):
    torch.manual_seed(1)
    other = build_quality_model(QualityModelConfig(name="wordmend-dct", image_size=32))
    save_quality_model(models / "judge", other)
    save_quality_model(tmp_path / "elsewhere", other)
    config = config_for(folder / "b.png", tmp_path / "out")
    own, judge, elsewhere = (
        assess_pictures(models, config.model_copy(update={"weights": weights}), language)
        .table["noise"]
        .item()
        for weights in ("quality", "judge", str(tmp_path / "elsewhere"))
    )
    assert own != judge == elsewhere
    for weights, message in (
        ("qality", "no such folder.*did you mean 'quality'"),
        ("stage1_quality", "stage1_quality.*not found"),
        (str(folder), "not found"),
    ):
        with pytest.raises(WeightsError, match=message):
            assess_pictures(models, config.model_copy(update={"weights": weights}), language)


def test_one_picture(models: Path, folder: Path, tmp_path: Path, language: QualityLanguage):
    report = assess_pictures(models, config_for(folder / "b.png", tmp_path / "out"), language)
    assert report.table["picture"].tolist() == ["b.png"]
    assert report.problems == {}


def test_only_bad_files_make_a_table_too(model: NoiseModel, tmp_path: Path, language: QualityLanguage):
    (tmp_path / "empty.png").write_bytes(b"")
    report = assess_folder(model, tmp_path, AssessConfig(), language)
    assert report.table["problem"].notna().all()
    assert "0 pictures were assessed" in report.page


def test_a_name_that_no_table_can_store_is_escaped(
    models: Path, folder: Path, tmp_path: Path, language: QualityLanguage
):
    (folder / "bad\udcff.png").write_bytes(b"")
    with pytest.raises(WordmendError, match="3 pictures could not be assessed"):
        assess_pictures(models, config_for(folder, tmp_path / "out"), language)
    assert "bad\\udcff.png" in pd.read_parquet(tmp_path / "out" / "assessment.parquet")["picture"].tolist()


def test_what_a_user_can_get_wrong(models: Path, folder: Path, tmp_path: Path, language: QualityLanguage):
    good = config_for(folder, tmp_path / "out")
    with pytest.raises(ParameterError, match=r"assess\.input=FOLDER"):
        assess_pictures(models, AssessConfig(), language)
    with pytest.raises(ParameterError, match="is a file"):
        assess_pictures(models, config_for(folder, folder / "b.png"), language)
    with pytest.raises(WeightsError, match="Train a quality model first"):
        assess_pictures(tmp_path, good, language)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(PhotosError, match="no pictures in"):
        assess_pictures(models, config_for(tmp_path / "nothing", tmp_path / "out"), language)
    with pytest.raises(ParameterError, match="device 'warp'"):
        assess_pictures(models, good.model_copy(update={"device": "warp"}), language)
    assert not (tmp_path / "out").exists()

"""Masks of where the quality model finds something wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from tests.assessment.conftest import NoiseModel
from wordmend.assessment.assess import assess_image
from wordmend.assessment.config import AssessConfig
from wordmend.assessment.job import assess_folder
from wordmend.assessment.masks import damage_mask
from wordmend.comments.language import QualityLanguage
from wordmend.errors import ParameterError
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import restore_folder
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.weights import Restorer


class Darker(nn.Module):
    def forward(self, image):
        return image / 2


def test_a_mask_is_white_where_it_is_worse_than_wanted(model: NoiseModel, half_noisy: np.ndarray):
    mask = damage_mask(assess_image(model, half_noisy), "noise", 0.5)
    assert mask.shape == (96, 160, 1)
    assert set(np.unique(mask)) == {0, 1}
    assert mask[:, 135:].all()
    assert not mask[:, :95].any()


def test_where_nothing_is_told_nothing_is_to_be_restored(model: NoiseModel, half_noisy: np.ndarray):
    found = assess_image(model, half_noisy)
    silent = replace(found, windows={"sharpness": np.full(found.grid.shape, np.nan, np.float32)})
    assert not damage_mask(silent, "sharpness", 0.9).any()


def test_restore_takes_the_masks_of_a_folder(
    model: NoiseModel, half_noisy: np.ndarray, tmp_path: Path, language: QualityLanguage
):
    source, masks, results = (tmp_path / name for name in ("in", "masks", "out"))
    write_image(source / "album" / "a.png", half_noisy)
    assess_folder(model, source, AssessConfig(), language, masks)
    restorer = Restorer(Darker(), RestorerConfig())
    config = RestoreConfig(mask=str(masks / "noise"), device="cpu")
    restore_folder(PictureRestorer(restorer, config), source, results, config, "darker")
    before, after = (read_image(folder / "album" / "a.png") for folder in (source, results))
    assert (after[:, :95] == before[:, :95]).all()
    assert after[:, 135:] == pytest.approx(before[:, 135:] / 2, abs=0.01)


def test_two_pictures_of_one_mask_are_refused_before_anything_is_done(
    model: NoiseModel, half_noisy: np.ndarray, tmp_path: Path, language: QualityLanguage
):
    write_image(tmp_path / "in" / "a.png", half_noisy)
    (tmp_path / "in" / "a.tif").write_bytes((tmp_path / "in" / "a.png").read_bytes())
    with pytest.raises(ParameterError, match=r"a\.png and a\.tif would have one mask"):
        assess_folder(model, tmp_path / "in", AssessConfig(), language, tmp_path / "masks")
    assert model.batches == []

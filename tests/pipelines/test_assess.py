"""The assess pipeline in a real project, with a quality model that has learned nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tests.projects import runner_in
from wordmend.images.writing import write_image
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model, save_quality_model


@pytest.mark.slow
def test_pictures_are_assessed_with_the_projects_quality_model(
    make_project: Callable[[str], Path], tmp_path: Path
):
    project = make_project("assess")
    torch.manual_seed(0)
    model = build_quality_model(QualityModelConfig(image_size=32))
    save_quality_model(project / "data" / "06_models" / "quality", model)
    write_image(
        tmp_path / "in" / "album" / "a.png", np.random.default_rng(0).random((40, 90, 3), dtype=np.float32)
    )
    params = {"input": str(tmp_path / "in"), "output": str(tmp_path / "out")}
    with runner_in(project) as run:
        run("assess", assess=params)
        table = pd.read_parquet(tmp_path / "out" / "assessment.parquet")
        assert table["picture"].tolist() == ["album/a.png"]
        assert (tmp_path / "out" / "assessment.html").is_file()
        assert (project / "data" / "07_model_output" / "assessed_pictures.json").is_file()
        (tmp_path / "in" / "broken.jpg").write_bytes(b"no picture")
        with pytest.raises(Exception, match=r"broken\.jpg"):
            run("assess", assess=params)
    assert len(pd.read_parquet(tmp_path / "out" / "assessment.parquet")) == 2

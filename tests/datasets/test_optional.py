from pathlib import Path

import pytest
from kedro.io import AbstractDataset, DatasetError

from wordmend.datasets.optional import OptionalDataset


def test_what_is_not_there_is_none(tmp_path: Path):
    config = {"type": "json.JSONDataset", "filepath": str(tmp_path / "numbers.json")}
    dataset = OptionalDataset(config)
    assert dataset.load() is None
    AbstractDataset.from_config("numbers", config).save({"psnr": 20.0})
    assert dataset.load() == {"psnr": 20.0}
    with pytest.raises(DatasetError, match="read only"):
        dataset.save({})

from pathlib import Path

import torch

from wordmend.datasets.weights import OptionalQualityModelDataset
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel


def test_a_quality_model_is_there_or_not(tmp_path: Path) -> None:
    dataset = OptionalQualityModelDataset(str(tmp_path / "quality"))
    dataset.save([])
    assert dataset.exists()
    assert dataset.load() == []
    model = QualityModel(QualityModelConfig(image_size=32))
    dataset.save([model])
    (loaded,) = dataset.load()
    assert torch.equal(loaded.clip.token_embedding.weight, model.clip.token_embedding.weight)
    dataset.save([])  # a later training has none: that of the earlier one is not taken for its own
    assert list((tmp_path / "quality").iterdir()) == []

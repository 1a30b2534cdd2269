"""Kedro I/O of trained models: a folder with safetensors and a configuration."""

import shutil
from typing import TYPE_CHECKING

from wordmend.datasets.base import PlaceDataset

if TYPE_CHECKING:
    from wordmend.quality.model import QualityModel
    from wordmend.restorers.weights import Restorer


class RestorerDataset(PlaceDataset["Restorer", "Restorer"]):
    """A trained restorer: `restorer.safetensors` and `config.json` in a folder."""

    def load(self) -> "Restorer":
        """Read the restorer, in eval mode on the CPU."""
        from wordmend.restorers.weights import load_restorer

        return load_restorer(self.filepath)

    def save(self, data: "Restorer") -> None:
        """Write the restorer."""
        from wordmend.restorers.weights import save_restorer

        save_restorer(self.filepath, data)


class QualityModelDataset(PlaceDataset["QualityModel", "QualityModel"]):
    """A trained quality model in a folder."""

    def load(self) -> "QualityModel":
        """Read the quality model, in eval mode on the CPU."""
        from wordmend.quality.weights import load_quality_model

        return load_quality_model(self.filepath)

    def save(self, data: "QualityModel") -> None:
        """Write the quality model."""
        from wordmend.quality.weights import save_quality_model

        save_quality_model(self.filepath, data)


class OptionalQualityModelDataset(PlaceDataset["list[QualityModel]", "list[QualityModel]"]):
    """A quality model that need not have been trained: a list of one or none, and an empty folder for none.

    Kedro saves no None. DVC wants the folder of an output, and follows an empty one too.
    """

    def load(self) -> "list[QualityModel]":
        """Read the quality model where there is one, in eval mode on the CPU."""
        from wordmend.quality.weights import load_quality_model

        return [load_quality_model(self.filepath)] if any(self.filepath.iterdir()) else []

    def save(self, data: "list[QualityModel]") -> None:
        """Write the quality model; one of an earlier training is removed."""
        from wordmend.quality.weights import save_quality_model

        assert len(data) <= 1
        shutil.rmtree(self.filepath, ignore_errors=True)
        self.filepath.mkdir(parents=True)
        for model in data:
            save_quality_model(self.filepath, model)

"""What a study is made of: the project's own parameters and photographs."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from wordmend.comments.language import QualityLanguage
from wordmend.config import Config, fingerprint_of
from wordmend.files import sha256_of
from wordmend.images.photos import list_photographs
from wordmend.pairs.config import PairSynthesisConfig
from wordmend.samples.config import CommentsConfig
from wordmend.study.arms import Arm, arms_of
from wordmend.study.config import StudyConfig
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration_config import Stage1Config, Stage2Config
from wordmend.training.run import TrainingRun

OpenRun = Callable[
    [str, Config, int, Mapping[str, pd.DataFrame | str], Path], AbstractContextManager[TrainingRun]
]
"""Opens what surrounds one training: of its name, parameters, seed and data, and the folder in which its
checkpoints lie."""


@dataclass(frozen=True)
class Project:
    """The parameters of the whole way, and where its photographs and words come from."""

    photos_dir: Path | None
    pair_synthesis: PairSynthesisConfig
    stage1: Stage1Config
    comments: CommentsConfig
    clip_quality: QualityTrainingConfig
    stage2: Stage2Config
    study: StudyConfig
    lexicon: dict[str, Any]

    @property
    def image_pairs(self) -> PairSynthesisConfig:
        """How the study makes pairs: as the project does, and more of the test photographs."""
        return self.pair_synthesis.model_copy(update={"test_pairs": self.study.test_pairs})

    @cached_property
    def language(self) -> QualityLanguage:
        """The quality language."""
        return QualityLanguage(self.lexicon)

    @cached_property
    def arms(self) -> list[Arm]:
        """All arms of the study."""
        return arms_of(self.study, self.stage2)

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters but the words, as nested plain values."""
        names = ("pair_synthesis", "stage1", "comments", "clip_quality", "stage2", "study")
        values = {name: getattr(self, name).model_dump(mode="json") for name in names}
        return {"photos_dir": None if self.photos_dir is None else str(self.photos_dir), **values}

    @cached_property
    def photographs(self) -> str:
        """Changes when a photograph, or a real pair, does."""
        folders = [self.photos_dir]
        if self.pair_synthesis.real_pairs_dir is not None:
            folders.append(Path(self.pair_synthesis.real_pairs_dir))
        hashes = {
            f"{place}/{name}": sha256_of(path)
            for place, folder in enumerate(folders)
            for name, path in list_photographs(folder)
        }
        return fingerprint_of(hashes)

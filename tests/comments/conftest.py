from pathlib import Path

import pytest
import yaml

from wordmend.comments.language import QualityLanguage

LEXICON_FILE = Path(__file__).parents[2] / "conf" / "base" / "quality_language.yml"


@pytest.fixture(scope="session")
def lexicon() -> dict[str, object]:
    return yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8"))["quality_language"]


@pytest.fixture(scope="session")
def language(lexicon: dict[str, object]) -> QualityLanguage:
    return QualityLanguage(lexicon)

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from wordmend.pairs.config import PairSynthesisConfig


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"size": 100}, "multiple of 8"),
        ({"size": 16}, "greater than or equal to 32"),
        ({"validation_share": 0.5, "test_share": 0.5}, "sum must be below 1"),
        ({"test_share": 0}, "greater than 0"),
        ({"workers": 0}, "greater than or equal to 1"),
        ({"channels": "cmyk"}, "'rgb' or 'gray'"),
        ({"max_downscale": 0.5}, "greater than or equal to 1"),
    ],
)
def test_contradictions_are_refused(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        PairSynthesisConfig.model_validate(values)


def test_unknown_keys_are_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValidationError, match="did you mean 'workers'"):
        PairSynthesisConfig.model_validate({"worker": 2})


def test_channel_count() -> None:
    assert PairSynthesisConfig().channel_count == 3
    assert PairSynthesisConfig(channels="gray").channel_count == 1


def test_parameters_import_nothing_heavy() -> None:
    code = (
        "import sys, wordmend.pairs.config, wordmend.restoration.config;"
        "print([m for m in ('torch', 'cv2', 'skimage', 'pandas', 'mlflow') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"

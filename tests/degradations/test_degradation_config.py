"""Parameters of degradations: contradictions are refused with the way out."""

import pytest
from pydantic import ValidationError

from wordmend.degradations.config import DegradationConfig


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"blur": {"probability": 1.2}}, "less than or equal to 1"),
        ({"blur": {"sigma": [2.0, 1.0]}}, "the smallest value comes first"),
        ({"jpeg": {"quality": [0, 50]}}, r"must lie in \[1, 100\]"),
        ({"jpeg": {"qality": [10, 50]}}, "did you mean 'quality'"),
        ({"noise": {"gaussian_share": 0, "poisson_share": 0, "film_grain_share": 0}}, "share 0"),
        ({"low_resolution": {"upscaling": []}}, "at least 1"),
        (
            {name: {"probability": 0} for name in DegradationConfig().probabilities()},
            "every probability is 0",
        ),
        (
            {"scratches": {f"{kind}_probability": 0 for kind in ("scratches", "dust", "crack", "fold")}},
            "raise one of them",
        ),
    ],
)
def test_contradictions_are_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        DegradationConfig.model_validate(values)


def test_every_parameter_is_documented():
    def undocumented(model, path=""):
        for name, field in model.model_fields.items():
            if not field.description:
                yield f"{path}{name}"
            if hasattr(field.annotation, "model_fields"):
                yield from undocumented(field.annotation, f"{path}{name}.")

    assert list(undocumented(DegradationConfig)) == []


def test_the_config_survives_a_round_trip():
    config = DegradationConfig()
    assert DegradationConfig.model_validate(config.model_dump(mode="json")) == config

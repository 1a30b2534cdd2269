"""The base of all parameter models: frozen, typed, and unknown keys refused with the nearest known name."""

import difflib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from wordmend.errors import ParameterError


def nearest_name(name: str, known: list[str]) -> str:
    """A hint for an unknown name: `"; did you mean 'steps'?"`, or the known names when none is near."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}"


def given_paths(pipeline: str, given: str | None, output: str | None) -> tuple[Path, Path]:
    """Input and output of a pipeline that a person has to name.

    Raises:
        ParameterError: one is not given.
    """
    if given is None or output is None:
        lacking = "input" if given is None else "output"
        raise ParameterError(
            f"{pipeline}.{lacking} is not given: kedro run --pipelines={pipeline} "
            f"--params {pipeline}.input=FOLDER,{pipeline}.output=FOLDER"
        )
    return Path(given), Path(output)


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"loop": {"steps": 5}}` to `{"loop.steps": 5}`."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def fingerprint_of(values: Mapping[str, Any]) -> str:
    """Eight bytes in hexadecimal that change when any of nested plain values does."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Config(BaseModel):
    """Parameters of one thing. Subclasses document each field with its unit and validate together.

    Raises:
        pydantic.ValidationError: a value of the wrong type, or an unknown key (with the nearest known name).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, values: Any) -> Any:
        if isinstance(values, dict):
            known = cls.model_fields
            for key in values:
                if key not in known:
                    raise ParameterError(f"unknown parameter {key!r}{nearest_name(str(key), list(known))}")
        return values

"""A stage 2 as it is asked for: with as much of its words as wanted, and where it works."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from wordmend.assessment.where_fault import Beside, in_use
from wordmend.errors import ParameterError
from wordmend.mlflow_lineage import MODEL_TAG, RESTORERS, restorer_versions
from wordmend.mlflow_models import read_model
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import load_quality_model
from wordmend.restorers.chosen import ChosenWeights
from wordmend.restorers.config import Use
from wordmend.restorers.interpolation import between
from wordmend.restorers.weights import CONFIG_NAME, Restorer, load_restorer

Logged: TypeAlias = Callable[[], Beside | None]
"""Gives what was logged with a stage 2, fetched from the store if need be."""


def stage2_as_asked(
    chosen: ChosenWeights,
    models_folder: Path,
    logged: Logged,
    words: float,
    where: Literal["everywhere", "fault"],
) -> ChosenWeights:
    """A stage 2 with its control, and where there is fault with its quality model.

    Args:
        chosen: a stage 2.
        models_folder: where it may lie beside its control and quality model.
        logged: gives what was logged with it.
        words: how much of what words did to it, in [0, 1].
        where: where it works beside its control. `everywhere` its weights take in what they need of the
            control's (`Use.alone`).

    Raises:
        ParameterError: its control or quality model is needed, and none is known.
    """
    alone = chosen.restorer.use.alone if where == "everywhere" else 0.0
    if words == 1 and not alone and where == "everywhere":
        return chosen
    asked = f"words={words:g}" if words < 1 else f"words_where={where}"
    here = models_folder if chosen.lies_in(models_folder) else None
    control = _control_of(chosen, here, logged, asked)
    stage2, called = chosen.restorer, chosen.called
    if alone:
        called = f"{called} with {alone:g} of its control"
        stage2 = replace(between(stage2, control, alone), use=Use())
    if words < 1:
        use = stage2.use
        stage2 = replace(between(control, stage2, words), use=use)
        called = f"{words:g} {called} + {1 - words:g} control"
    if where == "fault":
        beside = Beside(control, _quality_model_of(chosen, here, logged, asked))
        stage2, called = in_use(stage2, beside), f"{called} where there is fault, control elsewhere"
    is_trained = words == 1
    return ChosenWeights(
        stage2,
        called,
        chosen.training if is_trained else None,
        chosen.lineage,
        chosen.fingerprint if is_trained else None,
        alone,
    )


def _control_of(chosen: ChosenWeights, here: Path | None, logged: Logged, asked: str) -> Restorer:
    """Of a stage 2 that lies here the control beside it; else the one that was logged with it, or its run's.

    Args:
        chosen: a stage 2.
        here: the folder where it lies; None: elsewhere.
        logged: as for `stage2_as_asked`.
        asked: the parameter that needs it, for the error.
    """
    if here is not None and (here / "control" / CONFIG_NAME).is_file():
        return load_restorer(here / "control")
    if (beside := logged()) is not None:
        return beside.control
    for version in restorer_versions():
        is_of_run = version.run_id == chosen.lineage.get("mlflow.run")
        if is_of_run and version.tags.get(MODEL_TAG) == "control":
            return read_model(f"models:/{RESTORERS}/{version.version}").restorer
    raise _lacking("control", chosen, asked)


def _quality_model_of(chosen: ChosenWeights, here: Path | None, logged: Logged, asked: str) -> QualityModel:
    """As `_control_of`."""
    if here is not None and (here / "quality" / CONFIG_NAME).is_file():
        return load_quality_model(here / "quality")
    if (beside := logged()) is not None:
        return beside.quality_model
    raise _lacking("quality model", chosen, asked)


def _lacking(what: str, chosen: ChosenWeights, asked: str) -> ParameterError:
    ways = "words to 1, or weights to stage2"
    if asked.startswith("words_where"):
        ways = "words_where to everywhere, or weights to stage2, control or stage1"
    return ParameterError(
        f"{asked} needs the {what} of {chosen.called}, and neither the folder of the models nor the registry "
        f"has it; set {ways}"
    )

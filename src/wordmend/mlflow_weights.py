"""Weights as a person names them: the champion, those that lie here, a file, a run, a registered version."""

import logging
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import mlflow
from mlflow.exceptions import MlflowException

from wordmend.assessment.where_fault import Beside
from wordmend.config import nearest_name
from wordmend.errors import ParameterError, WeightsError, first_line
from wordmend.mlflow_lineage import (
    CHAMPION,
    MODEL_TAG,
    RESTORERS,
    champion_version,
    restorer_versions,
    training_of,
    version_of,
)
from wordmend.mlflow_models import read_model
from wordmend.mlflow_stage2 import stage2_as_asked
from wordmend.restorers.chosen import TRAININGS, ChosenWeights
from wordmend.restorers.weights import CONFIG_NAME, Restorer, fingerprint, load_restorer

logger = logging.getLogger(__name__)

BEST = "best"
_FORMS = (
    f"give {CHAMPION}, {BEST}, {', '.join(TRAININGS)}, a folder or a .safetensors file, "
    f"runs:/<run id>/<training>, models:/{RESTORERS}/<version> or models:/{RESTORERS}@<alias>"
)
_Found: TypeAlias = tuple[ChosenWeights, Beside | None]
"""Weights, and what was logged with them where they come from a store."""


def choose_weights(
    named: str,
    models_folder: Path,
    release: Mapping[str, Any] | None,
    words: float = 1.0,
    where: Literal["everywhere", "fault"] = "everywhere",
) -> ChosenWeights:
    """Read the weights that are asked for.

    Args:
        named: `champion` (without one in the registry: `best`); `best`, `stage2`, `control`, `stage1` of the
            models' folder; a folder, or a safetensors file with `config.json` beside it; or a model in
            MLflow, by `runs:/<run id>/<training>`, `models:/<name>/<version>` or `models:/<name>@<alias>`.
        models_folder: holds the folders stage1, control and stage2.
        release: what the last evaluation decided (`release_of`), which tells the best; None: there was none.
        words: how much of what words did to stage 2, in [0, 1].
        where: where a stage 2 works beside its control. `everywhere` its weights take in what they need of
            the control's (`Use.alone`).

    Raises:
        WeightsError: there are none of that name, or they can't be read.
        ParameterError: `words` is below 1, and the weights have no words in them; or a stage 2 needs its
            control or quality model, and none is known.
    """
    chosen, beside = _chosen(named, models_folder, release)
    if chosen.training != "stage2":
        if words < 1:
            made = f"made by no known training, not {chosen.training}"
            if chosen.training:
                made = f"trained without words ({chosen.training})"
            raise ParameterError(
                f"words={words:g}: the weights {chosen.called} were {made}; set words to 1, or weights to "
                "stage2"
            )
        return chosen
    logged = cache(partial(_logged_with, chosen, beside))
    return stage2_as_asked(chosen, models_folder, logged, words, where)


def _chosen(named: str, models_folder: Path, release: Mapping[str, Any] | None) -> _Found:
    if named == CHAMPION and _store_has_champion():
        return _from_store(f"models:/{RESTORERS}@{CHAMPION}", CHAMPION)
    if named in (CHAMPION, BEST):
        best = _best(models_folder, release)
        reason = f", as there is no {CHAMPION} in {mlflow.get_tracking_uri()}" if named == CHAMPION else ""
        return _from_folder(models_folder / best, f"{best}, the best in {models_folder}{reason}", best)
    if named in TRAININGS:
        _must_be_there(models_folder, named)
        return _from_folder(models_folder / named, named, named)
    if named.startswith(("runs:/", "models:/")):
        return _from_store(_of_run(named), named)
    return _from_path(Path(named), models_folder)


def _from_store(uri: str, called: str) -> _Found:
    logged = read_model(uri)
    return _known(logged.restorer, called), logged.beside


def _from_folder(place: Path, called: str, training: str | None = None) -> _Found:
    return _known(load_restorer(place), called, training), None


def _logged_with(chosen: ChosenWeights, beside: Beside | None) -> Beside | None:
    """What was logged with a stage 2, read with it or now."""
    uri = chosen.lineage.get("mlflow.model")
    return beside if beside is not None or uri is None else read_model(uri).beside


def _from_path(path: Path, models_folder: Path) -> _Found:
    if not path.exists():
        near = nearest_name(str(path), [CHAMPION, BEST, *TRAININGS])
        hint = near if near.startswith("; did") else ""
        raise WeightsError(f"weights {str(path)!r}: there is no such file or folder{hint}; {_FORMS}")
    here = {(models_folder / name).resolve(): name for name in TRAININGS}
    return _from_folder(path, str(path), here.get(path.resolve()))


def _known(restorer: Restorer, called: str, training: str | None = None) -> ChosenWeights:
    """With what the store tells of such weights."""
    weights = fingerprint(restorer.network)
    lineage = training_of(weights)
    if training is None and lineage:
        version = version_of(weights)
        training = None if version is None else version.tags.get(MODEL_TAG)
    return ChosenWeights(restorer, called, training, lineage)


def _store_has_champion() -> bool:
    try:
        return champion_version() is not None
    except MlflowException as error:
        raise WeightsError(
            f"{mlflow.get_tracking_uri()}: can't be asked for the {CHAMPION} ({first_line(error)}); to use "
            f"the weights that lie here, set weights to {BEST}"
        ) from error


def _best(models_folder: Path, release: Mapping[str, Any] | None) -> str:
    """What the last evaluation found to be the best, if it was about these weights; else the last trained."""
    there = _must_be_there(models_folder)
    if release is not None and release["arm"] in there:
        found = str(release["arm"])
        if fingerprint(load_restorer(models_folder / found).network) == release["weights"][found]:
            return found
    return there[0]


def _must_be_there(models_folder: Path, wanted: str | None = None) -> list[str]:
    there = [name for name in TRAININGS if (models_folder / name / CONFIG_NAME).is_file()]
    if not there or (wanted is not None and wanted not in there):
        known = f"there are {', '.join(there)}" if there else "there are none yet: train some with `make run`"
        raise WeightsError(f"{models_folder}: no weights{f' of {wanted!r}' if wanted else ''}; {known}")
    return there


def _of_run(uri: str) -> str:
    """`runs:/<run id>/<training>`, also where the training is left out and there is only one."""
    if not uri.startswith("runs:/") or "/" in uri.removeprefix("runs:/").strip("/"):
        return uri
    run_id = uri.removeprefix("runs:/").strip("/")
    names = [version.tags[MODEL_TAG] for version in restorer_versions() if version.run_id == run_id]
    if len(names) != 1:
        known = " or ".join(f"runs:/{run_id}/{name}" for name in names)
        raise WeightsError(
            f"{uri}: {f'it has several restorers: give {known}' if names else 'it has no restorer'}"
        )
    return f"runs:/{run_id}/{names[0]}"

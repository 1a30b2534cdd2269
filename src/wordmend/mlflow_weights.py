"""Weights as a person names them: the champion, those that lie here, a file, a run, a registered version."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import mlflow
from mlflow.exceptions import MlflowException

from wordmend.assessment.where_fault import Beside, in_use, load_beside
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
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import load_quality_model
from wordmend.restorers.chosen import ChosenWeights
from wordmend.restorers.config import Use
from wordmend.restorers.interpolation import between
from wordmend.restorers.weights import CONFIG_NAME, Restorer, fingerprint, load_restorer

logger = logging.getLogger(__name__)

BEST = "best"
TRAININGS = ("stage2", "control", "stage1")
"""Restorers in the models' folder: each was trained on from the ones after it, and is preferred to them."""
_FORMS = (
    f"give {CHAMPION}, {BEST}, {', '.join(TRAININGS)}, a folder or a .safetensors file, "
    f"runs:/<run id>/<training>, models:/{RESTORERS}/<version> or models:/{RESTORERS}@<alias>"
)
_Logged = Callable[[], Beside | None]


@dataclass(frozen=True)
class LoggedRestorer:
    """A restorer that Wordmend logged to MLflow."""

    restorer: Restorer
    beside: Beside | None
    """What a stage 2 is used with; None: it works everywhere, or is no stage 2."""

    @property
    def in_use(self) -> Restorer:
        """As it restores pictures."""
        return self.restorer if self.beside is None else in_use(self.restorer, self.beside)


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
    chosen = _chosen(named, models_folder, release)
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
    alone = chosen.restorer.use.alone if where == "everywhere" else 0.0
    if words == 1 and not alone and where == "everywhere":
        return chosen
    return _used(chosen, models_folder, words, alone, where)


def _used(
    chosen: ChosenWeights,
    models_folder: Path,
    words: float,
    alone: float,
    where: Literal["everywhere", "fault"],
) -> ChosenWeights:
    """A stage 2 with its control, and where there is fault with its quality model."""
    asked = f"words={words:g}" if words < 1 else f"words_where={where}"
    here = models_folder if lies_in(models_folder, chosen) else None
    logged = cache(partial(_logged_with, chosen))  # fetched from the store, so once and if needed
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


def _chosen(named: str, models_folder: Path, release: Mapping[str, Any] | None) -> ChosenWeights:
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


def lies_in(models_folder: Path, weights: ChosenWeights) -> bool:
    """Whether these weights are the ones that their training left in the models' folder."""
    place = models_folder / (weights.training or "")
    is_there = weights.training in TRAININGS and (place / CONFIG_NAME).is_file()
    return is_there and fingerprint(load_restorer(place).network) == weights.fingerprint


def read_model(uri: str) -> LoggedRestorer:
    """A restorer that Wordmend logged to MLflow.

    Only its safetensors are looked at: nothing that a model holds is run.

    Raises:
        WeightsError: there is no such model, or it holds no restorer; names the URI.
    """
    with TemporaryDirectory() as folder:
        try:
            mlflow.artifacts.download_artifacts(artifact_uri=f"{uri}/artifacts", dst_path=folder)
        except (MlflowException, OSError) as error:
            raise WeightsError(
                f"{uri}: can't be read from {mlflow.get_tracking_uri()} ({first_line(error)}); "
                "`make mlflow` shows which versions and runs there are"
            ) from error
        parts = {path.parent.name: path.parent for path in Path(folder).rglob(CONFIG_NAME)}
        if "restorer" not in parts:
            raise WeightsError(f"{uri}: not a restorer that Wordmend logged; {_FORMS}")
        try:
            restorer, beside = load_restorer(parts["restorer"]), None
            if {"control", "quality"} <= parts.keys():
                beside = load_beside(parts["control"].parent)
            return LoggedRestorer(restorer, beside)
        except WeightsError as error:
            raise WeightsError(f"{uri}: {error}") from error


def _from_store(uri: str, called: str) -> ChosenWeights:
    return _known(read_model(uri).restorer, called)


def _from_folder(place: Path, called: str, training: str | None = None) -> ChosenWeights:
    return _known(load_restorer(place), called, training)


def _from_path(path: Path, models_folder: Path) -> ChosenWeights:
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


def _control_of(chosen: ChosenWeights, models_folder: Path | None, logged: _Logged, asked: str) -> Restorer:
    """Of a stage 2 that lies here the control beside it; else the one that was logged with it, or its run's.

    Args:
        chosen: a stage 2.
        models_folder: where it lies beside its control; None: elsewhere.
        logged: gives what was logged with it.
        asked: the parameter that needs it, for the error.
    """
    if models_folder is not None and (models_folder / "control" / CONFIG_NAME).is_file():
        return load_restorer(models_folder / "control")
    if (beside := logged()) is not None:
        return beside.control
    for version in restorer_versions():
        is_of_run = version.run_id == chosen.lineage.get("mlflow.run")
        if is_of_run and version.tags.get(MODEL_TAG) == "control":
            return read_model(f"models:/{RESTORERS}/{version.version}").restorer
    raise _lacking("control", chosen, asked)


def _quality_model_of(
    chosen: ChosenWeights, models_folder: Path | None, logged: _Logged, asked: str
) -> QualityModel:
    """As `_control_of`."""
    if models_folder is not None and (models_folder / "quality" / CONFIG_NAME).is_file():
        return load_quality_model(models_folder / "quality")
    if (beside := logged()) is not None:
        return beside.quality_model
    raise _lacking("quality model", chosen, asked)


def _logged_with(chosen: ChosenWeights) -> Beside | None:
    uri = chosen.lineage.get("mlflow.model")
    return None if uri is None else read_model(uri).beside


def _lacking(what: str, chosen: ChosenWeights, asked: str) -> ParameterError:
    ways = "words to 1, or weights to stage2"
    if asked.startswith("words_where"):
        ways = "words_where to everywhere, or weights to stage2, control or stage1"
    return ParameterError(
        f"{asked} needs the {what} of {chosen.called}, and neither the folder of the models nor the registry "
        f"has it; set {ways}"
    )

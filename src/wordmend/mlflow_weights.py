"""Weights as a person names them: the champion, those that lie here, a file, a run, a registered version."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException
from torch import Tensor

from wordmend.assessment.where_fault import WhereFault
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
from wordmend.restorers.chosen import ChosenWeights
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


def choose_weights(
    named: str,
    models_folder: Path,
    release: Mapping[str, Any] | None,
    words: float = 1.0,
    find_fault: Callable[[Tensor], Tensor] | None = None,
) -> ChosenWeights:
    """Read the weights that are asked for.

    Args:
        named: `champion` (without one in the registry: `best`); `best`, `stage2`, `control`, `stage1` of the
            models' folder; a folder, or a safetensors file with `config.json` beside it; or a model in
            MLflow, by `runs:/<run id>/<training>`, `models:/<name>/<version>` or `models:/<name>@<alias>`.
        models_folder: holds the folders stage1, control and stage2.
        release: what the last evaluation decided (`release_of`), which tells the best; None: there was none.
        words: how much of what words did to stage 2, in [0, 1]; below 1 its control is read as well.
        find_fault: tells where stage 2 is used (`WhereFault`), its control elsewhere; None: everywhere.

    Raises:
        WeightsError: there are none of that name, or they can't be read.
        ParameterError: the control is needed, and the weights have no words in them, or none is known.
    """
    if named == CHAMPION and _store_has_champion():
        chosen = _from_store(f"models:/{RESTORERS}@{CHAMPION}", CHAMPION)
    elif named in (CHAMPION, BEST):
        best = _best(models_folder, release)
        reason = f", as there is no {CHAMPION} in {mlflow.get_tracking_uri()}" if named == CHAMPION else ""
        chosen = _from_folder(models_folder / best, f"{best}, the best in {models_folder}{reason}", best)
    elif named in TRAININGS:
        _must_be_there(models_folder, named)
        chosen = _from_folder(models_folder / named, named, named)
    elif named.startswith(("runs:/", "models:/")):
        chosen = _from_store(_of_run(named), named)
    else:
        chosen = _from_path(Path(named), models_folder)
    if words == 1 and find_fault is None:
        return chosen
    asked, without = (
        (f"words={words:g}", "set words to 1")
        if find_fault is None
        else ("words_where=fault", "set words_where to everywhere")
    )
    control = _control_of(chosen, models_folder, asked, without)
    with_words = chosen if words == 1 else _with_words(chosen, control, words)
    return with_words if find_fault is None else _where_fault(with_words, control, find_fault)


def lies_in(models_folder: Path, weights: ChosenWeights) -> bool:
    """Whether these weights are the ones that their training left in the models' folder."""
    place = models_folder / (weights.training or "")
    is_there = weights.training in TRAININGS and (place / CONFIG_NAME).is_file()
    return is_there and fingerprint(load_restorer(place).network) == weights.fingerprint


def read_model(uri: str) -> Restorer:
    """The restorer of a model that Wordmend logged to MLflow.

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
        places = [path.parent for path in Path(folder).rglob(CONFIG_NAME)]
        if len(places) != 1:
            raise WeightsError(f"{uri}: not a restorer that Wordmend logged; {_FORMS}")
        try:
            return load_restorer(places[0])
        except WeightsError as error:
            raise WeightsError(f"{uri}: {error}") from error


def _from_store(uri: str, called: str) -> ChosenWeights:
    return _known(read_model(uri), called)


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


def _with_words(chosen: ChosenWeights, control: Restorer, words: float) -> ChosenWeights:
    return ChosenWeights(
        between(control, chosen.restorer, words),
        f"{words:g} {chosen.called} + {1 - words:g} control",
        None,
        chosen.lineage,
    )


def _where_fault(
    chosen: ChosenWeights, control: Restorer, find_fault: Callable[[Tensor], Tensor]
) -> ChosenWeights:
    network = WhereFault(chosen.restorer.network, control.network, find_fault)
    called = f"{chosen.called} where there is fault, control elsewhere"
    return ChosenWeights(Restorer(network, chosen.restorer.config), called, None, chosen.lineage)


def _control_of(chosen: ChosenWeights, models_folder: Path, asked: str, without: str) -> Restorer:
    """Of the stage 2 that lies here the one beside it; else the one that its run registered.

    Args:
        chosen: a stage 2.
        models_folder: holds the folders stage1, control and stage2.
        asked: the parameter that needs it, for the error.
        without: how to do without.
    """
    if chosen.training != "stage2":
        made = (
            f"trained without words ({chosen.training})" if chosen.training else "made by no known training"
        )
        raise ParameterError(
            f"{asked}: the weights {chosen.called} were {made}; {without}, or weights to stage2"
        )
    if lies_in(models_folder, chosen) and (models_folder / "control" / CONFIG_NAME).is_file():
        return load_restorer(models_folder / "control")
    run_id = chosen.lineage.get("mlflow.run")
    for version in restorer_versions():
        if version.run_id == run_id and version.tags.get(MODEL_TAG) == "control":
            return read_model(f"models:/{RESTORERS}/{version.version}")
    raise ParameterError(
        f"{asked} needs the control of {chosen.called}, and neither {models_folder} nor the registry "
        f"has it; {without}, or weights to stage2"
    )

"""The release of a restorer: the registry's alias `champion`, and tags that tell why it is where it is."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from wordmend.errors import WeightsError, first_line
from wordmend.evaluation.goal import Goal, as_rows
from wordmend.mlflow_lineage import (
    CHAMPION,
    MODEL_TAG,
    RESTORERS,
    WEIGHTS_TAG,
    champion_version,
    version_of,
)
from wordmend.mlflow_models import read_model
from wordmend.restorers.weights import Restorer

logger = logging.getLogger(__name__)

RELEASE_TAG = "wordmend.release"
"""Tag of a version: `earned` (stage 2 met the conditions), `provisional` (nothing had, and it was the best
that there was) or `refused` (stage 2 did not meet them, or was worse than the champion)."""
PROVISIONAL = "provisional"
WHY_TAG = "wordmend.release.why"
"""Tag of a version: the decision in words, and each condition with the number that told."""
_MARKS = {True: "holds", False: "fails", None: "not known"}


def promote(
    release: Mapping[str, Any], pairs: str, compare: Callable[[Restorer], list[Goal]]
) -> dict[str, Any]:
    """Give the alias `champion` to the version of the weights that an evaluation found to be the best.

    Stage 2 that has earned it gets the alias unless it is worse than the present champion on the same test
    pictures. Others get it only where nobody has it, or one that had not earned it either. A champion that
    learned from other pairs can't be compared on these test pictures, as it may have learned from them.

    Args:
        release: what `release_of` gave.
        pairs: fingerprint of the pairs that the weights were trained and are tested on.
        compare: gives what must hold against the present champion, by the test pictures.

    Returns:
        `told`: what became of the alias, and why; `goals` against the present champion, if it was compared.
    """
    try:
        told, goals = _promote(release, pairs, compare)
    except MlflowException as error:
        told, goals = (
            f"The champion stays: {mlflow.get_tracking_uri()} did not answer ({first_line(error)}).",
            [],
        )
    logger.info("release: %s %s", release["told"], told)
    for goal in release["goals"]:
        if goal["reached"] is False:
            logger.info("release: fails: %s: %s", goal["name"], goal["told"])
    return {"told": told, "goals": as_rows(goals)}


def _promote(
    release: Mapping[str, Any], pairs: str, compare: Callable[[Restorer], list[Goal]]
) -> tuple[str, list[Goal]]:
    weights = release["weights"][release["arm"]]
    candidate, present = version_of(weights), champion_version()
    if not release["earned"]:
        _refuse(release, present)
    if candidate is None:
        store = mlflow.get_tracking_uri()
        return f"The champion stays, if there is one: these weights are not registered in {store}.", []
    if present is not None and present.tags.get(WEIGHTS_TAG) == weights:
        if release["earned"]:
            _tag(present, "earned", release["told"], release["goals"])
        return f"The champion stays {_called(present)}: it has these weights already.", []
    may_move, reason, goals = _may_move(release, present, pairs, compare)
    if may_move:
        _move(candidate, release)
        return f"The champion is now {_called(candidate)}: {reason}.", goals
    if release["earned"]:
        _tag(candidate, "refused", f"The champion stays: {reason}.", as_rows(goals))
    return f"The champion stays{'' if present is None else f' {_called(present)}'}: {reason}.", goals


def _may_move(
    release: Mapping[str, Any],
    present: ModelVersion | None,
    pairs: str,
    compare: Callable[[Restorer], list[Goal]],
) -> tuple[bool, str, list[Goal]]:
    """Whether the best weights may take the place of the present champion, why, and what was compared."""
    if present is None:
        return True, "there was none", []
    if not release["earned"] and present.tags.get(RELEASE_TAG) != PROVISIONAL:
        return False, "nothing has earned its place; restore.weights=best uses what was trained here", []
    before = f"{_called(present)}, which was it,"
    if _pairs_of(present) != pairs:
        return True, f"{before} learned from other pairs and can't be compared on these", []
    try:
        goals = compare(read_model(f"models:/{RESTORERS}/{present.version}").in_use)
    except WeightsError as error:
        return True, f"{before} can't be read ({error})", []
    failed = [f"{goal.name} ({goal.told})" for goal in goals if goal.reached is False]
    if failed:
        return False, f"against it fails: {'; '.join(failed)}", goals
    return True, f"{before} is not better on the same test pictures", goals


def _move(version: ModelVersion, release: Mapping[str, Any]) -> None:
    _tag(version, "earned" if release["earned"] else PROVISIONAL, release["told"], release["goals"])
    mlflow.MlflowClient().set_registered_model_alias(RESTORERS, CHAMPION, version.version)


def _refuse(release: Mapping[str, Any], present: ModelVersion | None) -> None:
    """Tell on the version of stage 2, too, why it was not released; of a champion the tags stay."""
    version = version_of(release["weights"]["stage2"])
    if version is not None and (present is None or present.version != version.version):
        _tag(version, "refused", release["told"], release["goals"])


def _tag(version: ModelVersion, release: str, told: str, goals: Sequence[Mapping[str, Any]]) -> None:
    conditions = [f"{_MARKS[goal['reached']]}: {goal['name']}: {goal['told']}" for goal in goals]
    client = mlflow.MlflowClient()
    for key, value in {RELEASE_TAG: release, WHY_TAG: "\n".join([told, *conditions])}.items():
        client.set_model_version_tag(RESTORERS, version.version, key, value)


def _called(version: ModelVersion) -> str:
    return f"models:/{RESTORERS}/{version.version} ({version.tags.get(MODEL_TAG, 'of unknown training')})"


def _pairs_of(version: ModelVersion) -> str | None:
    """Fingerprint of the pairs that a version learned from; None where it isn't known."""
    try:
        found: str | None = mlflow.get_run(version.run_id).data.tags.get("data.pairs")
    except MlflowException:
        return None
    return found

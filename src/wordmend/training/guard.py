"""The guard of stage 2: notices when the quality model is being fooled, and ends that."""

from collections.abc import Mapping, Sequence
from statistics import NormalDist

import pandas as pd

from wordmend.restorers.config import Use
from wordmend.training.guard_config import GuardConfig
from wordmend.training.restorer_loss import GuidedLoss
from wordmend.training.task import Ruling

GUARD_TYPES = {
    "step": "Int64",
    **{
        f"{arm}{name}": "Float64"
        for name in ("psnr", "haarpsi", "similarity", "judge_similarity")
        for arm in ("", "control_", "error_")
    },
    "finding": "string",
    "words_factor": "Float64",
    "control_share": "Float64",
    "sharpness_share": "Float64",
    "action": "string",
    "trusted_step": "Int64",
}
"""Columns of what the guard saw and did: one row a validation. `error_` is the standard error of the
difference between stage 2 and its control, over their pictures one by one. `finding` is nothing, fooled, too
far or both. `control_share` is how much of the control was in the weights that were judged. `action` is
nothing, lowered, went back, to the `trusted_step`, or, in a row after the last validation, took in: more of
the control."""


class WordsGuard:
    """Compares stage 2 with its control at the same step (the control has no words that could fool anybody).

    A metric in the loss rises without the quality that it stands for (2310.06958); what took no part in the
    loss tells. Stage 2 is fooled when the quality model's similarity is higher than the control's while the
    judge's or HaarPSI is lower, and too far when PSNR is lower, each by more than a margin, beyond doubt: the
    difference of PSNR over a hundred pictures is only sure to .1 dB. What is not among the numbers (without a
    judge, without words) is not looked at. The defect loss gives up some fidelity until it fades; as long,
    margins are wider, but what only these let pass is not gone back to.

    Args:
        config: margins, and what is done.
        loss: of stage 2, whose words get another weight.
    """

    def __init__(self, config: GuardConfig, loss: GuidedLoss) -> None:
        self.config = config
        self.loss = loss
        certain = NormalDist().inv_cdf(config.confidence)
        self._doubts = {"psnr": certain, "haarpsi": certain, "judge_similarity": certain, "similarity": 0.0}

    def rule(self, validation: Mapping[str, float], before: Sequence[Ruling], is_last: bool) -> Ruling:
        """What follows from a validation, after those before it; at the last there is nothing left to do."""
        config = self.config
        difference = self._difference(validation)
        step = int(validation["step"])
        fooled, too_far = self._found(difference, self.loss.defects.strength(step))
        factor = before[-1].words_factor if before else 1.0
        # what only the wider margins let pass is on its way, and nothing to end with
        is_trusted = self.trusts(validation) or not before
        trusted_step = step if is_trusted else before[-1].trusted_step
        if is_last or not (fooled or too_far):
            return Ruling(step, fooled, too_far, factor, trusted_step)
        if sum(ruling.found for ruling in before) >= config.lowerings:
            return Ruling(step, fooled, too_far, factor, trusted_step, goes_back=True)
        return Ruling(step, fooled, too_far, factor * config.factor, trusted_step)

    def trusts(self, validation: Mapping[str, float]) -> bool:
        """Whether a training may end with the weights of a validation: the narrow margins let them pass."""
        return not any(self._found(self._difference(validation), 0.0))

    def _difference(self, validation: Mapping[str, float]) -> dict[str, float]:
        """Stage 2's numbers less the control's, those that have a margin as high as they may be."""
        return {
            name: validation[name]
            - validation[f"control/{name}"]
            + doubt * validation.get(f"error/{name}", 0.0)
            for name, doubt in self._doubts.items()
            if name in validation
        }

    def _found(self, difference: Mapping[str, float], strength: float) -> tuple[bool, bool]:
        """Whether it is fooled, and too far, while so much of the defect loss counts.

        Args:
            difference: stage 2's numbers less the control's, those that have a margin as high as they may be.
            strength: of the defect loss, from 0 to 1.
        """
        config = self.config
        doubted = (
            difference.get("haarpsi", 0.0) < -config.haarpsi_margin - strength * config.named_haarpsi
            or difference.get("judge_similarity", 0.0) < -config.judge_margin - strength * config.named_judge
        )
        fooled = difference.get("similarity", 0.0) > 0 and doubted
        return fooled, difference["psnr"] < -config.psnr_margin - strength * config.named_psnr

    def follow(self, ruling: Ruling) -> None:
        """Give the words the weight of a ruling; when it goes back, forget what was visited since."""
        self.loss.factor = ruling.words_factor
        if ruling.goes_back:
            self.loss.forget_after(ruling.trusted_step)


def guard_table(
    validations: pd.DataFrame, rulings: Sequence[Ruling], control_share: float = 0.0
) -> pd.DataFrame:
    """What the guard saw and did, with the columns and types of `GUARD_TYPES`; no rows where none watched."""
    seen = validations.rename(columns=lambda name: name.replace("/", "_"))
    factors = [1.0, *(ruling.words_factor for ruling in rulings)]
    told = pd.DataFrame(
        [
            (ruling.step, _finding(ruling), ruling.words_factor, _action(ruling, factor), ruling.trusted_step)
            for ruling, factor in zip(rulings, factors, strict=False)
        ],
        columns=["step", "finding", "words_factor", "action", "trusted_step"],
    ).assign(control_share=control_share, sharpness_share=Use().sharpness)
    table = seen.merge(told, on="step") if rulings else told
    return table.reindex(columns=list(GUARD_TYPES)).astype(GUARD_TYPES)


def with_choice(
    table: pd.DataFrame, validation: Mapping[str, float], control_share: float, sharpness_share: float
) -> pd.DataFrame:
    """The guard's table, and that less of stage 2 is used in the end, with what a validation finds of it."""
    seen = {name.replace("/", "_"): value for name, value in validation.items()}
    as_before = table.iloc[-1][["step", "words_factor", "trusted_step"]].to_dict()
    told = {"finding": "nothing", "action": "used less"}
    shares = {"control_share": control_share, "sharpness_share": sharpness_share}
    row = pd.DataFrame([seen | as_before | told | shares])
    added = row.reindex(columns=list(GUARD_TYPES)).astype(GUARD_TYPES)
    return pd.concat([table, added], ignore_index=True)


def _finding(ruling: Ruling) -> str:
    found = [name for name, is_so in (("fooled", ruling.fooled), ("too far", ruling.too_far)) if is_so]
    return ", ".join(found) or "nothing"


def _action(ruling: Ruling, factor_before: float) -> str:
    if ruling.goes_back:
        return "went back"
    return "lowered" if ruling.words_factor < factor_before else "nothing"

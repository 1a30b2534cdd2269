"""Did the words help? One honest sentence, computed from paired differences."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.differences import differences_on_named, paired_differences
from wordmend.evaluation.metrics import FIDELITY

NAMES = {
    "psnr": "PSNR",
    "ssim": "SSIM",
    "haarpsi": "HaarPSI",
    "kept": "good pictures kept",
    "sharpness": "sharpness",
    "noise": "noise",
    "scratches": "scratches",
    "missing_parts": "missing parts",
    "harm": "harm",
    "texture": "texture",
}
"""What metrics are called on the page."""


@dataclass(frozen=True)
class Verdict:
    """What the test pictures say of stage 2 against its control."""

    sentence: str
    level: Literal["better", "mixed", "undecided", "worse"]
    named: pd.DataFrame
    """Rows of `paired_differences`, each named dimension over the pairs on which it was named."""
    overall: pd.DataFrame
    """Rows of `paired_differences` over all pairs, every metric."""


def judge(per_image: pd.DataFrame, named: pd.DataFrame, seed: int = 0) -> Verdict:
    """Compare stage 2 with the control: first on what was named, then on all the rest.

    A difference counts when its 95 % bootstrap interval leaves out 0 and it is large enough to matter
    (`paired_differences`). Each is tested by itself; with ten metrics, two in five reports would show one
    interval without 0 by chance alone.

    Args:
        per_image: rows of `measure_images` with the arms control and stage2.
        named: columns pair_id, dimension; without rows every dimension of every pair is asked for.
        seed: of the intervals.

    Raises:
        TableError: when an arm has no rows.
    """
    overall = paired_differences(per_image, seed=seed)
    about_named = differences_on_named(per_image, named, seed=seed)
    asked = about_named if not about_named.empty else overall[overall["metric"].isin(DIMENSIONS)]
    better, worse, open_ = (_names(asked, found) for found in (True, False, None))
    rest = overall[~overall["metric"].isin(asked["metric"])]
    price = _names(rest, False)
    elsewhere = [name for name in _names(overall, False) if name not in worse + price]
    level = _level(better, worse + price)
    pairs = int(overall["count"].max())
    opening = _opening(level, better, worse, not about_named.empty)
    sentence = f"{opening} {_closing(open_, price, elsewhere, better)}"
    if about_named.empty:
        sentence += " No test picture had words of its own."
    return Verdict(f"{sentence} ({pairs} test pictures.)", level, about_named, overall)


def _level(better: list[str], against: list[str]) -> Literal["better", "mixed", "undecided", "worse"]:
    if better:
        return "mixed" if against else "better"
    return "worse" if against else "undecided"


def _opening(level: str, better: list[str], worse: list[str], was_named: bool) -> str:
    asked = "what was named" if was_named else "any defect"
    if not better and not worse:
        return f"Guided by words, the model did no better and no worse than the control on {asked}."
    if not better:
        return f"Guided by words, the model did worse than the control on {asked}: {_listed(worse)} suffered."
    opening = f"Guided by words, the model beat the control on {_listed(better)}"
    opening += ", which was named" if was_named and len(better) == 1 else ""
    opening += ", which were named" if was_named and len(better) > 1 else ""
    return f"{opening}, but lost on {_listed(worse)}." if worse else f"{opening}."


def _closing(open_: list[str], price: list[str], elsewhere: list[str], better: list[str]) -> str:
    parts = []
    if open_ and better:
        parts.append(f"On {_listed(open_)} there is no clear difference.")
    if price:
        parts.append(f"Worse than the control, though not named: {_listed(price)}.")
    if elsewhere:  # named on some pictures, and worse over all of them
        parts.append(f"Over all pictures, {_listed(elsewhere)} got worse.")
    if not price and not elsewhere:
        parts.append("Nothing else got clearly worse.")
    return " ".join(parts)


def _names(differences: pd.DataFrame, better: bool | None) -> list[str]:
    order = {name: index for index, name in enumerate((*DIMENSIONS, "harm", "texture", "kept", *FIDELITY))}
    found = [row["metric"] for row in differences.to_dict("records") if row["better"] is better]
    return [NAMES[name] for name in sorted(found, key=order.__getitem__)]


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

"""The arms of the study: what each changes of stage 2, and on which words it is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wordmend.defects.measure import DIMENSIONS
from wordmend.study.config import StudyConfig
from wordmend.training.restoration_config import Stage2Config

Words = Literal["none", "said", "alike"]
"""What an arm hears: nothing; what was said of each picture; of every picture a text for each dimension."""

Family = Literal[
    "stage 1",
    "control",
    "stage 2",
    "everywhere",
    "text only",
    "without text",
    "wordless",
    "stage 2 sharpened",
    "unsharp mask",
    "sharpness loss",
]
"""Arms of one family differ in one number, its strength."""

CONTROL, STAGE2, STAGE1, WORDLESS = "control", "stage2", "stage1", "wordless"

PIXELS: Mapping[str, Any] = {
    "w_text": 0.0,
    "w_named": {},
    "w_unnamed": {},
    "w_harm": 0.0,
    "w_pixel_unnamed": None,
    "gt_unsharp": 0.0,
    "damage_share": 0.0,
    "noise_share": 0.0,
    "fade_from": 1.0,
    "control_margin": None,
    "words_where": "everywhere",
}
"""Neither text loss nor defect loss, which would fade, no sharper originals, and nothing on other pairs; and
no more of the control than the recipe has in any case, everywhere, as what a rival costs is to be seen."""


@dataclass(frozen=True)
class Arm:
    """One way to go on from the weights of stage 1."""

    name: str
    family: Family | Literal["steering"]
    """Whose it is."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of stage 2 that differ from the recipe's."""
    words: Words = "said"
    strength: float | None = None
    """The number in which the arms of a family differ."""
    alone: bool = False
    """Instead of training, it restores with the weights of stage 2 alone, everywhere."""
    unsharp_of: str | None = None
    """The arm whose results this one sharpens, with which it is measured; the strength is the mask's."""
    seeds: int | None = None
    """On so many of the first seeds only; None: on all."""

    @property
    def slug(self) -> str:
        """Its name as that of a folder."""
        return self.name.replace(" ", "-")

    @property
    def is_trained(self) -> bool:
        """Whether it has weights of its own."""
        return self.unsharp_of is None and not self.alone and self.family != "stage 1"

    def config(self, recipe: Stage2Config) -> Stage2Config:
        """Its parameters of stage 2: as many steps as all others, nobody asked, no guard.

        Raises:
            pydantic.ValidationError: what it changes contradicts the recipe.
        """
        loop = recipe.loop.model_copy(update={"end_below": {}})
        words = recipe.words.model_copy(update={"live": False})
        settings = recipe.model_dump() | {"loop": loop.model_dump(), "words": words.model_dump()}
        settings["guard"] = None  # what the words cost is to be seen
        return Stage2Config.model_validate(settings | dict(self.changes))


def arms_of(study: StudyConfig, recipe: Stage2Config) -> list[Arm]:
    """All arms, in the order in which they are made: what the goals compare with comes before the rest."""
    weights = sorted({recipe.w_text, *study.text_weights} - {0.0})
    return [
        Arm(STAGE1, "stage 1"),
        Arm(CONTROL, "control", {**PIXELS, "control_share": 0.0, "guidance": {}, "words": {}}, words="none"),
        Arm(STAGE2, "stage 2"),
        Arm("everywhere", "everywhere", alone=True),
        *_under_masks("unsharp", "unsharp mask", CONTROL, study),
        *_under_masks("stage2 unsharp", "stage 2 sharpened", STAGE2, study),
        *(
            Arm(
                f"sharpness loss {weight:g}",
                "sharpness loss",
                {**PIXELS, **_heard_always(recipe), "w_named": {"sharpness": weight}},
                words="alike",
                strength=weight,
            )
            for weight in study.sharpness_weights
        ),
        Arm("without text", "without text", {"w_text": 0.0}),
        Arm(WORDLESS, "wordless", {**_heard_always(recipe), "w_text": 0.0}, "alike"),
        *(
            Arm(
                steering_name(dimension),
                "steering",
                {"words": recipe.words.model_dump() | {"dimensions": [dimension], "live": False}},
                seeds=study.steering_seeds,
            )
            for dimension in DIMENSIONS
        ),
        *(Arm(f"text {w:g}", "text only", {**PIXELS, "w_text": w}, strength=w) for w in weights),
    ]


def _under_masks(name: str, family: Family, of: str, study: StudyConfig) -> list[Arm]:
    return [
        Arm(f"{name} {strength:g}", family, strength=strength, unsharp_of=of) for strength in study.unsharp
    ]


def steering_name(dimension: str) -> str:
    """What the arm with the words about one dimension alone is called."""
    return f"only {dimension.replace('_', ' ')}"


def arm_called(name: str, arms: Sequence[Arm]) -> Arm:
    """One of the arms."""
    return next(arm for arm in arms if arm.name == name)


def masks_over(arm: Arm, arms: Sequence[Arm]) -> list[Arm]:
    """Those that sharpen its results."""
    return [other for other in arms if other.unsharp_of == arm.name]


def made_arms(arms: Sequence[Arm]) -> list[Arm]:
    """Those that are made by themselves; the others are measured with the arm that they sharpen."""
    return [arm for arm in arms if arm.unsharp_of is None]


def first_arms(arms: Sequence[Arm]) -> list[Arm]:
    """Those that are made on every seed before the others: the main comparison."""
    return [arm for arm in arms if arm.name in (STAGE1, CONTROL, STAGE2)]


def seeds_of(arm: Arm, study: StudyConfig) -> tuple[int, ...]:
    """The seeds on which an arm is made."""
    return study.seeds if arm.seeds is None else study.seeds[: arm.seeds]


def _heard_always(recipe: Stage2Config) -> dict[str, Any]:
    """The words of an arm that hears the same of every picture: also of one that has changed since."""
    return {"words": recipe.words.model_dump() | {"reuse_similarity": 0.0, "live": False}}

"""What is made for one seed, and what each thing depends on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wordmend.config import fingerprint_of
from wordmend.evaluation.metrics import METRICS
from wordmend.study.arms import CONTROL, STAGE2, Arm, arm_called, masks_over
from wordmend.study.kept import Thing
from wordmend.study.project import Project
from wordmend.training.judge import config_of_judge
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration_config import Stage1Config


@dataclass(frozen=True)
class SeedThings:
    """The things of one seed: pairs, stage 1 with its restored images, comments, two models, and the arms."""

    project: Project
    seed: int

    @property
    def pairs(self) -> Thing:
        """Image pairs; the photographs are split by the seed."""
        config = self.project.image_pairs.model_dump(mode="json", exclude={"workers", "preview_pairs"})
        return self._thing("pairs", {"photographs": self.project.photographs, "parameters": config})

    @property
    def stage1_config(self) -> Stage1Config:
        """The project's, without the quality model that may learn meanwhile: the restorer is the same."""
        return self.project.stage1.model_copy(update={"quality": None})

    @property
    def stage1(self) -> Thing:
        """Stage 1, and the restored images of all pairs."""
        config = self.stage1_config
        return self._thing("stage1", _parameters(config), config.loop.steps, self.pairs)

    @property
    def comments(self) -> Thing:
        """Quality samples, measured comments, and what was named of which test pair."""
        lexicon = fingerprint_of(self.project.lexicon)
        made_of = _parameters(self.project.comments) | {"lexicon": lexicon}
        return self._thing("comments", made_of, 1, self.stage1)

    @property
    def quality_config(self) -> QualityTrainingConfig:
        """The project's, without the judge."""
        return self.project.clip_quality.model_copy(update={"judge": None})

    @property
    def quality(self) -> Thing:
        """The quality model."""
        config = self.quality_config
        return self._thing("quality", _parameters(config), config.loop.steps, self.comments)

    @property
    def judge(self) -> Thing | None:
        """The quality model that takes no part in stage 2; None where the project has none."""
        judge = self.project.clip_quality.judge
        if judge is None:
            return None
        config = config_of_judge(judge, self.project.clip_quality)
        made_of = _parameters(config) | {"photographs": judge.photographs}
        return self._thing("judge", made_of, judge.steps, self.comments)

    @property
    def ground(self) -> list[Thing]:
        """What all arms stand on, in the order in which it is made."""
        models = [self.quality] if self.judge is None else [self.quality, self.judge]
        return [self.pairs, self.stage1, self.comments, *models]

    def trained(self, arm: Arm) -> Thing:
        """The weights that an arm restores with: its own, or those that it starts or borrows from."""
        if arm.family == "stage 1":
            return self.stage1
        if arm.alone:
            return self.trained(arm_called(STAGE2, self.project.arms))
        config, recipe = arm.config(self.project.stage2), self.project.stage2
        # which pairs come first is the recipe's, so that all arms see the same batches
        made_of = _parameters(config) | {"words": arm.words, "first": list(recipe.words.dimensions)}
        asks_quality = config.w_text > 0 or config.words_where == "fault"
        before = [self.comments, self.quality] if asks_quality else [self.comments]
        if arm.words != "none":
            before.append(self.trained(arm_called(CONTROL, self.project.arms)))
        return self._thing(f"trained/{arm.slug}", made_of, config.loop.steps, *before)

    def measured(self, arm: Arm) -> Thing:
        """The numbers of an arm's test images, and of these under masks."""
        preset = [text.text for text in self.project.stage2.words.preset]
        made_of: dict[str, Any] = {"preset": preset, "metrics": METRICS}
        if arm.alone:
            made_of |= {"alone": True}
        masks = [mask.strength for mask in masks_over(arm, self.project.arms)]
        if masks:
            made_of |= {"masks": masks, "sigma": self.project.study.unsharp_sigma}
        before = [self.trained(arm), *self.ground[2:]]
        return self._thing(f"measured/{arm.slug}", made_of, 1 + len(masks), *before)

    def _thing(self, name: str, made_of: Mapping[str, Any], size: int = 1, *before: Thing) -> Thing:
        keys = {thing.name: thing.key for thing in before}
        return Thing(name, {"seed": self.seed, **made_of, **keys}, size, before)


def _parameters(config: Any) -> dict[str, Any]:
    return {"parameters": config.model_dump(mode="json")}

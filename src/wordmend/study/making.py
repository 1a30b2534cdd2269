"""Makes what a study needs for one seed."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from wordmend.assessment.where_fault import Beside, in_use
from wordmend.config import Config
from wordmend.defects.kept import measure_kept
from wordmend.images.channels import FloatImage
from wordmend.pairs.library import PairLibrary, write_pairs
from wordmend.pairs.making import make_all_pairs
from wordmend.progress import progress
from wordmend.quality.weights import load_quality_model, save_quality_model
from wordmend.restorers.interpolation import between
from wordmend.restorers.weights import Restorer, load_restorer, save_restorer
from wordmend.samples.config import SamplesConfig
from wordmend.samples.measuring import measure_samples
from wordmend.samples.quality_samples import list_quality_samples
from wordmend.samples.restored import RestoredLibrary, open_restored, restored_images, write_restored
from wordmend.study.arms import CONTROL, Arm, arm_called, masks_over
from wordmend.study.kept import Kept, Thing
from wordmend.study.measuring import measure_restored, sharpened, similarities
from wordmend.study.project import OpenRun, Project
from wordmend.study.summary import SHARES
from wordmend.study.things import SeedThings
from wordmend.study.words import named_of_pairs, sample_of, words_for
from wordmend.training.clip_quality import train_quality_model
from wordmend.training.judge import config_of_judge, train_judge
from wordmend.training.loop import Training
from wordmend.training.run import TrainingRun
from wordmend.training.stage2 import commented_first, train_control, train_stage2
from wordmend.training.stages import restore_pairs, train_stage1

_PAIRS, _RESTORED, _SAMPLES, _COMMENTS, _NAMED = (
    f"{name}.parquet" for name in ("pairs", "restored", "samples", "comments", "named")
)
_TAKEN_IN = "control_share.json"
Images: TypeAlias = dict[str, FloatImage]
MEASURED = "images.parquet"


class StoppedError(Exception):
    """A person ended a training: it is not as long as the others, and the study ends with it."""


class SeedMaker:
    """Makes the things of one seed, each into the folder that it is given.

    Args:
        project: parameters and photographs.
        seed: of everything.
        kept: where finished things lie.
        open_run: opens what surrounds a training.
    """

    def __init__(self, project: Project, seed: int, kept: Kept, open_run: OpenRun) -> None:
        self.project = project
        self.seed = seed
        self.kept = kept
        self.open_run = open_run
        self.things = SeedThings(project, seed)

    @property
    def ground(self) -> list[tuple[Thing, Callable[[Path], None]]]:
        """What all arms stand on, each with how it is made, in its order."""
        makers = (
            self._make_pairs,
            self._make_stage1,
            self._make_comments,
            self._make_quality,
            self._make_judge,
        )
        return list(zip(self.things.ground, makers, strict=False))

    def _make_pairs(self, folder: Path) -> None:
        pairs, _ = make_all_pairs(self.project.photos_dir, self.project.image_pairs, self.seed)
        write_pairs(folder / _PAIRS, pairs)

    def _make_stage1(self, folder: Path) -> None:
        pairs, config = self._pairs, self.things.stage1_config
        with self._run(self.things.stage1, config) as run:
            trained = train_stage1(pairs, config, self.seed, run)
        self._refuse_stopped(trained.training, self.things.stage1)
        save_restorer(folder, trained.restorer)
        restored = progress(
            restore_pairs(trained.restorer, pairs), "restoring the pairs", total=len(pairs), unit="pair"
        )
        write_restored(folder / _RESTORED, restored_images(restored, trained.last_pair_ids))

    def _make_comments(self, folder: Path) -> None:
        pairs, restored, language = self._pairs, self._restored, self.project.language
        config, root = self.project.comments, self.kept.folder
        test = pairs.split("test")
        samples = list_quality_samples(pairs, restored, config.samples, root, self.seed)
        # what is named of a test picture has to be known of each, whatever share is commented on
        tested = list_quality_samples(test, restored, SamplesConfig(lq=0, gt=0), root, self.seed)
        every = pd.concat([samples, tested]).drop_duplicates("sample_id", ignore_index=True)
        said = measure_samples(every, pairs, root, config.measured, language, self.seed)
        samples.to_parquet(folder / _SAMPLES, index=False)
        of_samples = said["sample_id"].isin(samples["sample_id"])
        said[of_samples].to_parquet(folder / _COMMENTS, index=False)
        named_of_pairs(test.pair_ids, said, language).to_parquet(folder / _NAMED, index=False)

    def _make_quality(self, folder: Path) -> None:
        config, thing = self.things.quality_config, self.things.quality
        samples, comments = self._said
        with self._run(thing, config) as run:
            trained = train_quality_model(
                samples, comments, self.kept.folder, config, self.seed, run, self.project.language
            )
        self._refuse_stopped(trained.training, thing)
        save_quality_model(folder, trained.model)

    def _make_judge(self, folder: Path) -> None:
        config, thing = self.project.clip_quality, self.things.judge
        assert config.judge is not None and thing is not None
        (samples, comments), language = self._said, self.project.language
        with self._run(thing, config_of_judge(config.judge, config)) as run:
            trained = train_judge(
                samples, comments, self.kept.folder, config.judge, config, self.seed, run, language
            )
        self._refuse_stopped(trained.training, thing)
        save_quality_model(folder, trained.model)

    def train(self, arm: Arm, folder: Path) -> None:
        """Train an arm from the weights of stage 1."""
        thing, config, pairs = self.things.trained(arm), arm.config(self.project.stage2), self._pairs
        restorer, language = load_restorer(self.kept.path(self.things.stage1)), self.project.language
        _, comments = self._said
        recipe = self.project.stage2.words
        first = commented_first(words_for("said", pairs.pair_ids, comments, language, recipe))
        with self._run(thing, config) as run:
            if not self._is_guided(arm):
                training = train_control(pairs, restorer, first, config, self.seed, run).training
            else:
                words = words_for(arm.words, pairs.pair_ids, comments, language, config.words)
                model = load_quality_model(self.kept.path(self.things.quality))
                trained = train_stage2(
                    pairs,
                    restorer,
                    model,
                    words,
                    self._pictures,
                    config,
                    self.seed,
                    run,
                    trained_control=self._control,
                    first=first,
                )
                restorer, training = trained.restorer, trained.training
                (folder / _TAKEN_IN).write_text(json.dumps(trained.control_share), encoding="utf-8")
        self._refuse_stopped(training, thing)
        save_restorer(folder, restorer)

    def measure(self, arm: Arm, folder: Path) -> None:
        """Measure an arm on the test pairs, and its images under masks: a row an image, with what was named.

        `control_share` is how much of the control its weights have taken in, `sharpness_share` how much of it
        restores what is at fault in sharpness alone; NaN where there is no such thing.
        """
        pairs, preset = self._pairs.split("test"), self.project.stage2.words.preset
        models = {thing.name: load_quality_model(self.kept.path(thing)) for thing in self.things.ground[3:]}
        tables = []
        for name, images, of_originals in self._shown(arm, pairs):
            table = measure_restored(name, pairs, images)
            table["kept"] = [measure_kept(of_originals[pair.pair_id], pair.gt) for pair in pairs]
            in_order = [images[pair_id] for pair_id in pairs.pair_ids]
            for of, model in models.items():
                table = table.join(similarities(model, in_order, preset, of))
            tables.append(table)
        named = pd.read_parquet(self.kept.path(self.things.comments) / _NAMED)
        table = pd.concat(tables, ignore_index=True)
        table = table.merge(pairs.table[["pair_id", "photo"]], on="pair_id").merge(named, on="pair_id")
        table.insert(0, "seed", self.seed)
        table[list(SHARES)] = self._shares(arm)
        table.loc[table["arm"] != arm.name, list(SHARES)] = math.nan
        table.to_parquet(folder / MEASURED, index=False)

    def _shown(self, arm: Arm, pairs: PairLibrary) -> Iterator[tuple[str, Images, Images]]:
        """The name, restored images and restored originals of an arm, and of the masks over it."""
        images, of_originals = self._restore(arm, pairs), self._restore(arm, pairs, originals=True)
        yield arm.name, images, of_originals
        for mask in masks_over(arm, self.project.arms):
            assert mask.strength is not None
            strength, sigma = mask.strength, self.project.study.unsharp_sigma
            sharper = dict(sharpened(images.items(), strength, sigma))
            yield mask.name, sharper, dict(sharpened(of_originals.items(), strength, sigma))

    @staticmethod
    def _is_guided(arm: Arm) -> bool:
        return arm.is_trained and arm.words != "none"

    def _shares(self, arm: Arm) -> tuple[float, float]:
        folder = self.kept.path(self.things.trained(arm))
        if not (folder / _TAKEN_IN).exists():
            return math.nan, math.nan
        share = float(json.loads((folder / _TAKEN_IN).read_text(encoding="utf-8")))
        use = load_restorer(folder).use
        return (share + (1 - share) * use.alone, math.nan) if arm.alone else (share, use.sharpness)

    def _restore(self, arm: Arm, pairs: PairLibrary, originals: bool = False) -> Images:
        restorer = load_restorer(self.kept.path(self.things.trained(arm)))
        if arm.alone:
            restorer = between(restorer, self._control, restorer.use.alone)
        elif self._is_guided(arm):
            beside = Beside(self._control, load_quality_model(self.kept.path(self.things.quality)))
            restorer = in_use(restorer, beside, arm.config(self.project.stage2).words_where)
        return dict(restore_pairs(restorer, pairs, originals=originals))

    @contextmanager
    def _run(self, thing: Thing, config: Config) -> Iterator[TrainingRun]:
        name = f"study-{self.seed}-{thing.name.split('/')[-1]}"
        data: dict[str, pd.DataFrame | str] = {"study": thing.key}
        with self.open_run(name, config, self.seed, data, self.kept.checkpoints(thing)) as run:
            yield run

    def _refuse_stopped(self, training: Training, thing: Thing) -> None:
        if training.ended_by == "person":
            self.kept.forget_checkpoints(thing)  # it would stay ended
            raise StoppedError

    @property
    def _pairs(self) -> PairLibrary:
        return PairLibrary.open(self.kept.path(self.things.pairs) / _PAIRS)

    @property
    def _control(self) -> Restorer:
        return load_restorer(self.kept.path(self.things.trained(arm_called(CONTROL, self.project.arms))))

    @property
    def _restored(self) -> RestoredLibrary:
        return open_restored(self.kept.path(self.things.stage1) / _RESTORED)

    @property
    def _said(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        folder = self.kept.path(self.things.comments)
        return pd.read_parquet(folder / _SAMPLES), pd.read_parquet(folder / _COMMENTS)

    @property
    def _pictures(self) -> dict[str, Path]:
        restored = self._restored
        rows = restored.table[["pair_id", "image_path"]].itertuples(index=False)
        return {sample_of(pair_id): restored.folder / path for pair_id, path in rows}

"""Training steps against bare loops of the same network, batch and type."""

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn
from torch.nn import functional as F

from wordmend.comments.entry import Entry, Kind, Source, comment_id_of
from wordmend.comments.words import TargetText
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.model import QualityModel
from wordmend.quality.samples import QualitySample, QualitySamples
from wordmend.quality.weights import build_quality_model
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.training.defect_loss import DefectLoss
from wordmend.training.log import NoLog
from wordmend.training.loop import train
from wordmend.training.quality import QualityTask
from wordmend.training.quality_batches import QualityBatch
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import (
    DimensionWeights,
    GuidanceConfig,
    RestorationConfig,
    Stage1Config,
    Stage2Config,
)
from wordmend.training.restorer_loss import GuidedLoss, UnguidedLoss
from wordmend.training.run import TrainingRun
from wordmend.training.task import Task
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.word_source import WordSource

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
"""Where the trainings go by themselves, and the bare loops with them."""
STAGE1 = Path("conf/base/parameters_stage1.yml")
STEPS = 14
BATCH = 8
LOOP = {"steps": STEPS, "learning_rate": 1e-3, "validate_every": 10_000, "log_every": 1}
"""A number in every step is the worst case for the loop, which logs every tenth by default."""


class StepClock(NoLog):
    """Notes when each step of a training was done, and how long it waited for its batch."""

    def __init__(self, task: Task) -> None:
        self.done: list[float] = []
        self.waits: list[float] = []
        self.batches = task.batches
        task.batches = self._timed  # type: ignore[method-assign]

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Note the time of a step."""
        if "loss" in values:
            self.done.append(time.perf_counter())

    def _timed(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        batches = self.batches(start)
        while True:
            begun = time.perf_counter()
            batch = next(batches)
            self.waits.append(time.perf_counter() - begun)
            yield batch

    @property
    def step_seconds(self) -> float:
        """Median seconds from one step to the next."""
        return median_step(self.done)

    @property
    def waiting_share(self) -> float:
        """Share of the time between the first step and the last that went by waiting for batches."""
        return sum(self.waits[1:]) / (self.done[-1] - self.done[0])


def median_step(moments: list[float]) -> float:
    """Median of the times between moments, without the first, in which things are set up."""
    return statistics.median(b - a for a, b in pairwise(moments[1:]))


def compare_steps(
    make_task: Callable[[], Task],
    config: Any,
    make_bare: Callable[[], Callable[[int], None]],
    rounds: int,
    baseline: str,
) -> dict[str, Any]:
    """A step of a training against a bare one, in turn; medians within a round, then over the rounds.

    Both have fresh networks in each round: one that was trained for long is a little faster.
    """
    found: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        task = make_task()
        clock = StepClock(task)
        train(task, config, TrainingRun(clock))
        bare_step = make_bare()
        moments = [time.perf_counter()]
        for step in range(STEPS):
            bare_step(step)
            if DEVICE == "cuda":
                torch.cuda.synchronize()
            moments.append(time.perf_counter())
        found.append((clock.step_seconds, median_step(moments), clock.waiting_share))
    ratios = [one / other for one, other, _ in found]
    return {
        "baseline": baseline,
        "seconds": statistics.median(one for one, _, _ in found),
        "baseline_seconds": statistics.median(other for _, other, _ in found),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "rounds": rounds,
        "waiting_share": statistics.median(waiting for _, _, waiting in found),
    }


def _config(w_text: float) -> Stage2Config:
    return Stage2Config.model_validate(
        {"batch_size": BATCH, "validation_pairs": 1, "validation_pictures": 1, "w_text": w_text, "loop": LOOP}
    )


def _bare_restorer() -> nn.Module:
    """The default network as the loop has it in memory: that is the floor."""
    network = build_restorer(RestorerConfig()).to(DEVICE)
    return network.to(memory_format=torch.channels_last)


def bare_step_of(network: nn.Module, loss: Callable[[int], Tensor]) -> Callable[[int], None]:
    """A training step written out: forward, backward, clipping, AdamW."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)

    def step(number: int) -> None:
        loss(number).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def stage1_step(pairs: PairLibrary, rounds: int, by_default: bool = False) -> dict[str, Any]:
    """A step of stage 1, with its data, against a bare step with clipped gradients.

    By default stage 1 has losses of single defects, pieces of other pairs and Muon; otherwise none of them.
    """
    config: RestorationConfig = _config(0.0)
    if by_default:
        settings = yaml.safe_load(STAGE1.read_text())["stage1"]
        loop = LOOP | {"optimizer": settings["loop"]["optimizer"]}
        config = Stage1Config.model_validate(settings | {"validation_pairs": 1, "loop": loop})
    loss = UnguidedLoss(config, DefectLoss(DimensionWeights(), config.w_unnamed, config.w_harm))
    height, width = pairs.size
    lq, gt = (torch.rand(BATCH, 3, height, width, device=DEVICE) for _ in range(2))

    def task() -> Task:
        network = build_restorer(RestorerConfig())
        train_pairs, validation = pairs.split("train"), pairs.split("validation")
        return RestorationTask("bench", network, train_pairs, validation, loss, config, seed=0)

    def make_bare() -> Callable[[int], None]:
        bare = _bare_restorer()
        return bare_step_of(bare, lambda _: (bare(lq) - gt).abs().mean())

    return compare_steps(task, config.loop, make_bare, rounds, "the network alone, same batch")


def stage2_step(pairs: PairLibrary, rounds: int) -> dict[str, Any]:
    """A step of stage 2 against the restorer and the frozen image tower, forward and backward."""
    config = _config(0.003)
    judge = build_quality_model(QualityModelConfig())
    clear = TargetText("the image is clear", "sharpness", None, "measured", "c")
    words = {pair_id: [replace(clear, sample_id=pair_id)] for pair_id in pairs.pair_ids}
    rows = pairs.table.set_index("pair_id")["lq_path"]
    commented = {pair_id: pairs.folder / str(rows[pair_id]) for pair_id in pairs.pair_ids}
    height, width = pairs.size
    lq, gt = (torch.rand(BATCH, 3, height, width, device=DEVICE) for _ in range(2))
    side = min(judge.image_size, height, width)
    text = judge.encode_texts(["the image is clear"]).detach()

    def task() -> Task:
        source = WordSource(words, commented, reuse_similarity=0.01)  # all are compared, none is refused
        guidance = TextGuidance(judge, source, GuidanceConfig(texts_per_image=1, copies=2))
        train_pairs, validation = pairs.split("train"), pairs.split("validation")
        network = build_restorer(RestorerConfig())
        loss = GuidedLoss(config, guidance)
        return RestorationTask("bench", network, train_pairs, validation, loss, config, seed=0)

    def make_bare() -> Callable[[int], None]:
        bare = _bare_restorer()
        judge.to(DEVICE)  # the training has left it on the CPU

        def loss(_: int) -> Tensor:
            restored: Tensor = bare(lq)
            vectors = judge.encode_images(restored[:, :, :side, :side].repeat(2, 1, 1, 1))
            similarity = judge.similarity(vectors, text.to(DEVICE))
            return (restored - gt).abs().mean() + 0.003 * (1 - similarity).mean()

        return bare_step_of(bare, loss)

    baseline = "restorer and frozen image tower alone, same batch"
    return compare_steps(task, config.loop, make_bare, rounds, baseline)


def quality_step(pairs: PairLibrary, rounds: int) -> dict[str, Any]:
    """A step of clip_quality, batches ready, against open_clip's encoders on the same; and making a batch."""
    config = QualityTrainingConfig.model_validate({"loop": LOOP, "window_share": 0.0})
    samples = _samples(pairs)
    made = list(islice(QualityTask(QualityModel(config.model), samples, config, 0).batches(0), STEPS))
    tokenize = QualityModel(config.model).tokenize
    tokens = [tokenize(batch.texts).to(DEVICE) for batch in made]

    class ReadyTask(QualityTask):
        """With batches that are made already."""

        def batches(self, start: int, rank: int = 0, world_size: int = 1) -> Iterator[QualityBatch]:
            return cycle(made)

    def make_bare() -> Callable[[int], None]:
        bare = QualityModel(config.model).train().to(DEVICE)
        bare.to(memory_format=torch.channels_last)

        def loss(step: int) -> Tensor:
            batch = made[step].to(DEVICE)
            images, texts = bare.encode_images(batch.images), bare.encode_tokens(tokens[step])
            logits = bare.logits(images[batch.picture], texts[batch.text])
            return F.binary_cross_entropy_with_logits(logits, batch.conforms)

        return bare_step_of(bare, loss)

    found = compare_steps(
        lambda: ReadyTask(QualityModel(config.model), samples, config, 0),
        config.loop,
        make_bare,
        rounds,
        "open_clip's encoders alone, same batches",
    )
    del found["waiting_share"]
    begun = time.perf_counter()
    list(islice(QualityTask(QualityModel(config.model), samples, config, 0).batches(STEPS), STEPS))
    return found | {"batch_seconds": (time.perf_counter() - begun) / STEPS}


def memory_over_steps(pairs: PairLibrary) -> dict[str, Any]:
    """The most memory of the process after 20 steps of stage 1 and after 100, as a ratio."""
    peaks: list[int] = []

    class PeakLog(NoLog):
        def metrics(self, values: dict[str, float], step: int) -> None:
            if "loss" in values:
                peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    config = _config(0.0).model_copy(update={"batch_size": 2})
    loop = config.loop.model_copy(update={"steps": 100})
    train_pairs, validation = pairs.split("train"), pairs.split("validation")
    network = build_restorer(RestorerConfig(options={"width": 8}))
    task = RestorationTask("bench", network, train_pairs, validation, UnguidedLoss(config), config, 0)
    train(task, loop, TrainingRun(PeakLog()))
    ratio = peaks[99] / peaks[19]
    return {
        "baseline": "peak memory after 20 steps",
        "peak_mib": peaks[99] / 1024,
        "ratio": ratio,
        "ratio_min": ratio,
        "ratio_max": ratio,
        "rounds": 1,
    }


def comment_on(sample_id: str, pair_id: str, kind: Kind, text: str, opposite: str, source: Source) -> Entry:
    """What is said of the sharpness of a whole picture, as it is."""
    return Entry(
        comment_id=comment_id_of(sample_id, text, "sharpness", None, source),
        sample_id=sample_id,
        pair_id=pair_id,
        kind=kind,
        text=text,
        opposite=opposite,
        dimension="sharpness",
        region=None,
        conforms=1,
        source=source,
    )


def _samples(pairs: PairLibrary) -> QualitySamples:
    """gt called clear and lq called blurred, as samples that all belong to the train split."""
    found = []
    for row in pairs.table.itertuples():
        sides: tuple[tuple[Kind, str, str], ...] = (("gt", "clear", "blurred"), ("lq", "blurred", "clear"))
        for kind, said, other in sides:
            name = f"{row.pair_id}.{kind}"
            text, opposite = f"the image is {said}", f"the image is {other}"
            entry = comment_on(name, str(row.pair_id), kind, text, opposite, "measured")
            path = pairs.folder / str(getattr(row, f"{kind}_path"))
            found.append(QualitySample(name, "train", kind, path, (entry,)))
    return QualitySamples(found)


def small_library(folder: Path, count: int = 40) -> PairLibrary:
    """Pairs of 96 pixels from the sample photographs."""
    from wordmend.images.photos import find_photos
    from wordmend.pairs.config import PairSynthesisConfig
    from wordmend.pairs.library import write_pairs
    from wordmend.pairs.synthesis import synthesize_pairs

    config = PairSynthesisConfig(pairs=count, workers=1)
    write_pairs(folder / "pairs.parquet", synthesize_pairs(find_photos(None).photos, config, seed=0))
    return PairLibrary.open(folder / "pairs.parquet")

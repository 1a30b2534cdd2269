"""Quality samples as training batches: pictures or windows of them, with the statements that hold of each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from wordmend.comments.entry import Dimension
from wordmend.comments.language import QualityLanguage
from wordmend.images.channels import ByteImage
from wordmend.quality.clear_cases import DEGRADED_DIMENSIONS, degraded
from wordmend.quality.map_trunk import PLACED_DIMENSIONS
from wordmend.quality.samples import QualitySamples
from wordmend.seeds import seed_for
from wordmend.training.batches import (
    StepSampler,
    even_parts,
    part_of_process,
    use_one_thread,
    workers_for,
)
from wordmend.training.good_pictures import collage, imperceptibly_worse, with_noise
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.quality_views import QualityView, cut_view, view_of

_STRONG_SHARE = 0.3
"""How many of the counter-examples are degraded so that nobody would miss it; the others from visible on."""

_FAINT_NOISE = (0.005, 0.03)
"""Standard deviation on [0, 1]."""

_VISIBLE = 16
"""Change of a channel from which on a pixel counts as damaged, of 255 gray levels."""


@dataclass(frozen=True)
class QualityBatch:
    """Pictures and statements of one step: S statements, each about one picture and in one text.

    `images` is `(B, 3, side, side) float32` in [0, 1]; `picture`, `text` `(S,) int64` are places in `images`
    and `texts`; `conforms` is `(S,) float32`. `samples` are the samples of the pictures, `comment_ids` the
    comments that the statements about each come from. `damage` `(B, D, side, side) bool` is where pictures
    are damaged, by `PLACED_DIMENSIONS`, and `damage_known` `(B,) bool` of which that is known. `share` is how
    many of the step's statements there are.
    """

    images: Tensor
    texts: list[str]
    picture: Tensor
    text: Tensor
    conforms: Tensor
    samples: list[str]
    comment_ids: list[list[str]]
    damage: Tensor
    damage_known: Tensor
    share: float = 1.0

    @classmethod
    def of(cls, views: Sequence[QualityView]) -> "QualityBatch":
        """Put views of one size into a batch; there is at least one."""
        places: dict[str, int] = {}
        rows = [
            (picture, places.setdefault(text, len(places)), conforms)
            for picture, view in enumerate(views)
            for text, conforms in view.statements
        ]
        picture, text, conforms = zip(*rows, strict=True)
        images = torch.stack([view.image for view in views])
        unknown = torch.zeros(len(PLACED_DIMENSIONS), *images.shape[2:], dtype=torch.bool)
        return cls(
            images=images,
            texts=list(places),
            picture=torch.tensor(picture),
            text=torch.tensor(text),
            conforms=torch.tensor(conforms, dtype=torch.float32),
            samples=[view.sample_id for view in views],
            comment_ids=[view.comment_ids for view in views],
            damage=torch.stack([unknown if view.damage is None else view.damage for view in views]),
            damage_known=torch.tensor([view.damage is not None for view in views]),
        )

    @property
    def names(self) -> list[str]:
        """The samples of the pictures."""
        return self.samples

    def split(self, parts: int) -> list["QualityBatch"]:
        """At most `parts` parts, by pictures."""
        if parts == 1:
            return [self]
        return [self._cut(start, end) for start, end in even_parts(len(self.samples), parts)]

    def part(self, rank: int, world_size: int) -> "QualityBatch":
        """What one of several processes works on."""
        if world_size == 1:
            return self
        start, end, share = part_of_process(len(self.samples), rank, world_size)
        part = self._cut(start, end)
        return part if share else replace(part, share=0.0)

    def _cut(self, start: int, end: int) -> "QualityBatch":
        here = (self.picture >= start) & (self.picture < end)
        used, text = torch.unique(self.text[here], return_inverse=True)
        return QualityBatch(
            images=self.images[start:end],
            texts=[self.texts[place] for place in used.tolist()],
            picture=self.picture[here] - start,
            text=text,
            conforms=self.conforms[here],
            samples=self.samples[start:end],
            comment_ids=self.comment_ids[start:end],
            damage=self.damage[start:end],
            damage_known=self.damage_known[start:end],
            share=self.share * int(here.sum()) / len(self.conforms),
        )

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "QualityBatch":
        """The same batch with its tensors on a device."""
        return self._with_each(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> "QualityBatch":
        """The same batch where a GPU can fetch it by itself; PyTorch's loader asks for it."""
        return self._with_each(Tensor.pin_memory)

    def _with_each(self, change: Callable[[Tensor], Tensor]) -> "QualityBatch":
        return replace(
            self,
            images=change(self.images),
            picture=change(self.picture),
            text=change(self.text),
            conforms=change(self.conforms),
            damage=change(self.damage),
            damage_known=change(self.damage_known),
        )


class _Steps(IterableDataset[QualityBatch]):
    """The batches of the steps from `start` on; each process that reads ahead makes its share of them."""

    def __init__(
        self,
        samples: QualitySamples,
        config: QualityTrainingConfig,
        seed: int,
        start: int,
        language: QualityLanguage | None,
    ) -> None:
        self.samples = samples
        self.language = language
        self.config = config
        self.seed = seed
        self.start = start
        # in every pass, gt pictures come several times, degraded in other ways each
        self.places = [
            place
            for place, sample in enumerate(samples.samples)
            for _ in range(config.gt_repeats if sample.kind == "gt" else 1)
        ]
        self.good = [place for place, sample in enumerate(samples.samples) if sample.kind == "gt"]
        self.sampler = StepSampler(len(self.places), config.batch_size, seed)

    def __iter__(self) -> Iterator[QualityBatch]:
        worker = get_worker_info()
        first, stride = (0, 1) if worker is None else (worker.id, worker.num_workers)
        for step in count(self.start + first, stride):
            items = [(self.places[item], draw) for item, draw in self.sampler.batch(step)]
            rng = np.random.default_rng(seed_for(self.seed, f"step {step}"))
            in_windows = rng.random() < self.config.window_share
            yield self._batch(items, in_windows)

    def _batch(self, items: list[tuple[int, int]], in_windows: bool) -> QualityBatch:
        samples, config = self.samples, self.config
        views: list[QualityView] = []
        for index, draw in items:
            rng = np.random.default_rng(draw)
            sample = samples.samples[index]
            cut = cut_view(samples.picture(index), sample.entries, sample.kind, config, in_windows, rng)
            if cut is None:
                continue
            window, entries = cut
            spoilt: set[Dimension] = set()
            damage = None
            if sample.kind == "gt":
                window = self._varied(window, rng)
                window, spoilt, damage = _spoilt(window, config.counterexample_share, rng)
            elif rng.random() < config.grain_share:
                others = [entry for entry in entries if entry.dimension != "noise"]
                if others:
                    window, entries = _grainy(window, rng), others
            views.append(
                view_of(sample.sample_id, window, entries, config, rng, spoilt, self.language, damage)
            )
        # batch statistics need two pictures; the words of these samples hold of whole pictures only
        return QualityBatch.of(views) if len(views) > 1 else self._batch(items, False)

    def _varied(self, window: ByteImage, rng: np.random.Generator) -> ByteImage:
        """Another good picture, of which the same words hold."""
        if rng.random() < self.config.collage_share:
            window = collage(window, self._good_picture, rng)
        return imperceptibly_worse(window, rng)

    def _good_picture(self, rng: np.random.Generator) -> ByteImage:
        return self.samples.picture(self.good[int(rng.integers(len(self.good)))])


def quality_batches(
    samples: QualitySamples,
    config: QualityTrainingConfig,
    seed: int,
    start: int = 0,
    language: QualityLanguage | None = None,
) -> Iterator[QualityBatch]:
    """Batches, endlessly, from step `start` on; a function of seed and step.

    A step shows whole pictures, or windows of the model's image size around regions and elsewhere. Good
    pictures come as collages and imperceptibly worse, too. Some are shown degraded in some dimensions, and
    words that conformed no longer do: otherwise the model need not look for a scratch, as scratched pictures
    are mostly blurred or noisy as well. Some of the others come with noise, and no words about that:
    otherwise grain would be taken for sharpness, as restored pictures are blurred and have none.

    Args:
        samples: samples with at least one entry each.
        config: sizes and shares.
        seed: where order, windows and flips come from.
        start: the first step asked for.
        language: has other words for what is said, as `saying_share` says; None: texts stay as they are.
    """
    workers = workers_for(config.workers, config.loop)
    yield from DataLoader(
        _Steps(samples.shared_by(workers), config, seed, start, language),
        batch_size=None,
        num_workers=workers,
        worker_init_fn=use_one_thread,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # nothing is drawn from it; without, it takes from the global one
    )


def _grainy(window: ByteImage, rng: np.random.Generator) -> ByteImage:
    """A picture with noise that is well visible, or less."""
    return degraded(window, "noise", rng) if rng.random() < 0.5 else with_noise(window, _FAINT_NOISE, rng)


def _spoilt(
    window: ByteImage, share: float, rng: np.random.Generator
) -> tuple[ByteImage, set[Dimension], npt.NDArray[np.bool_]]:
    """A good picture degraded in each dimension with a chance of `share`, in which it was, and where damaged.

    The last is `(side, side, len(PLACED_DIMENSIONS))`.
    """
    spoilt = {dimension for dimension in DEGRADED_DIMENSIONS if rng.random() < share}
    damage = np.zeros((*window.shape[:2], len(PLACED_DIMENSIONS)), dtype=np.bool_)
    # the order of the dimensions is that of a photograph's life: captured, grainy, then damaged
    for dimension in DEGRADED_DIMENSIONS:
        if dimension in spoilt:
            before = window
            window = degraded(before, dimension, rng, strongly=rng.random() < _STRONG_SHARE)
            if dimension in PLACED_DIMENSIONS:
                change = cv2.absdiff(window, before).max(axis=2)
                damage[:, :, PLACED_DIMENSIONS.index(dimension)] = change > _VISIBLE
    return window, spoilt, damage

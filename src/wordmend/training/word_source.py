"""Where the words of stage 2 come from, at every visit of a pair anew."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import Dimension, Region
from wordmend.comments.words import TargetText
from wordmend.errors import TableError
from wordmend.images.channels import ByteImage, to_bytes, to_channels, to_float
from wordmend.images.reading import read_image
from wordmend.images.tensors import to_tensor
from wordmend.training.pair_batch import PairBatch
from wordmend.training.people import Questions
from wordmend.training.structural_similarity import structural_similarity
from wordmend.training.visits import Words

_KEPT = 2048
"""Pictures that were commented on, in memory."""


@dataclass(frozen=True)
class Found:
    """The words for one image of a batch."""

    words: Words
    targets: tuple[TargetText, ...] = ()
    similarity: float | None = None
    """SSIM with the picture that was commented on, the largest of several."""
    of_others: tuple[Dimension, ...] = ()
    """The dimensions of other pairs' defects on the image, which words named there."""

    @property
    def said(self) -> tuple[TargetText, ...]:
        """The texts that name something: a preset doesn't."""
        return self.targets if self.words == "said" else ()

    @property
    def names_nothing(self) -> bool:
        """Whether nothing is at fault with the image, nor came on it from other pairs."""
        return not (self.said or self.of_others)

    def named_regions(self, dimension: Dimension) -> list[Region | None]:
        """Where a dimension is named, None being the whole of the image; empty: nowhere.

        What was named of another pair whose defect came on this one is so here, too, all over the image.
        """
        said = [text.region for text in self.said if text.dimension == dimension]
        return [*said, None] if dimension in self.of_others else said


NOTHING = Found("none")
"""Of an image of which no word was said, and none is wanted."""


@dataclass(frozen=True)
class Said:
    """What was said of one picture."""

    picture: Path
    targets: tuple[TargetText, ...]


class WordSource:
    """Finds the target texts of restored images (M14, patent 0228-0240), in this order:

    1. What was said of a restored image of the pair, unless the image has changed too much since; pieces of
       other pairs in it are no change. A person's answer while the training goes on takes the place of all
       that was found before.
    2. A person's words now: the image is shown, unless it has such pieces, and the pair set aside until the
       countdown is over.
    3. The preset.

    Args:
        words: target texts by pair id, each with the sample that it was said of.
        pictures: files of these samples.
        preset: what is wanted of every image.
        reuse_similarity: the least SSIM with which an image is still the one that was commented on; 0: any.
        questions: to people; None: nobody is asked.

    Raises:
        TableError: the picture that words were said of is not there.
    """

    def __init__(
        self,
        words: Mapping[str, Sequence[TargetText]],
        pictures: Mapping[str, Path],
        preset: Sequence[TargetText] = (),
        reuse_similarity: float = 0.0,
        questions: Questions | None = None,
    ) -> None:
        self.preset = tuple(preset)
        self.reuse_similarity = reuse_similarity
        self.questions = questions
        self.said = {pair_id: _by_picture(targets, pictures) for pair_id, targets in words.items()}

    @cached_property
    def _read(self) -> Callable[[Path], ByteImage]:
        """Reads a picture or knows it already; made where it is needed, as it can't be sent to a process."""
        return lru_cache(maxsize=_KEPT)(_read_bytes)

    @property
    def texts(self) -> list[str]:
        """All texts that are known by now, each once."""
        said = (target for pictures in self.said.values() for one in pictures for target in one.targets)
        return list(dict.fromkeys(target.text for target in (*said, *self.preset)))

    @torch.no_grad()
    def find(self, restored: Tensor, batch: PairBatch) -> list[Found]:
        """The words for every image of a batch.

        Args:
            restored: `(B, C, H, W)`, as the restorer gave them.
            batch: the pairs that they were restored from.
        """
        if self.questions is not None:
            for answer in self.questions.hear():
                self.said[answer.pair_id] = [Said(answer.picture, answer.targets)]
        similarities = self._similarities(restored, batch)
        of_others = batch.named or [()] * len(restored)
        return [
            replace(self._find(restored, batch, image, similarities[image]), of_others=of_others[image])
            for image in range(len(restored))
        ]

    def _find(
        self, restored: Tensor, batch: PairBatch, image: int, similarities: Sequence[float | None]
    ) -> Found:
        pair_id = batch.pair_ids[image]
        largest = max((s for s in similarities if s is not None), default=None)
        holding = [
            said
            for said, similarity in zip(self.said.get(pair_id, ()), similarities, strict=True)
            if similarity is None or similarity >= self.reuse_similarity
        ]
        targets = {(t.text, t.region): t for said in reversed(holding) for t in reversed(said.targets)}
        if targets:
            found = tuple(reversed(targets.values()))
            return Found("preset" if found[0].source == "preset" else "said", found, largest)
        if not holding and self.questions is not None:
            if self.questions.waits(pair_id):
                return Found("waiting", similarity=largest)
            if not _has_pieces(batch, image) and self.questions.may_ask(pair_id):
                picture = restored[image].float().clamp(0, 1).permute(1, 2, 0).cpu().numpy()
                self.questions.ask(pair_id, batch.orientations[image].undone(picture))
                return Found("asked", similarity=largest)
        return Found("preset" if self.preset else "none", self.preset, largest)

    def _similarities(self, restored: Tensor, batch: PairBatch) -> list[list[float | None]]:
        """Of every image, the SSIM with each commented picture of its pair; None: not compared."""
        said = [self.said.get(pair_id, []) for pair_id in batch.pair_ids]
        if self.reuse_similarity == 0:
            return [[None] * len(pictures) for pictures in said]
        shown = [(image, self._turned(one, batch, image)) for image, of in enumerate(said) for one in of]
        size = tuple(restored.shape[1:])
        comparable = [(image, picture) for image, picture in shown if tuple(picture.shape) == size]
        values: Iterator[float] = iter(())
        if comparable:
            images = [image for image, _ in comparable]
            now = restored[images].float().clamp(0, 1)
            before = torch.stack([picture for _, picture in comparable]).to(now.device)
            if any(_has_pieces(batch, image) for image in images):
                now = torch.where(_pasted(batch, images).to(now.device), before, now)
            values = iter(structural_similarity(now, before).tolist())
        similarities: list[list[float | None]] = [[] for _ in said]
        for image, picture in shown:  # of another size it isn't the same picture
            similarities[image].append(next(values) if tuple(picture.shape) == size else 0.0)
        return similarities

    def _turned(self, said: Said, batch: PairBatch, image: int) -> Tensor:
        """The picture that was commented on, `(C, H, W)`, turned and flipped as the batch is."""
        picture = to_channels(to_float(self._read(said.picture)), batch.lq.shape[1])
        return to_tensor(batch.orientations[image].of_image(picture))


def _has_pieces(batch: PairBatch, image: int) -> bool:
    return bool(batch.pasted) and batch.pasted[image] is not None


def _pasted(batch: PairBatch, images: Sequence[int]) -> Tensor:
    """`(N, 1, H, W) bool`: where pieces of other pairs are in some images."""
    maps = np.zeros((len(images), 1, *batch.lq.shape[-2:]), dtype=bool)
    for place, image in zip(maps, images, strict=True):
        if _has_pieces(batch, image):
            place[:] = batch.pasted[image]
    return torch.from_numpy(maps)


def _by_picture(targets: Sequence[TargetText], pictures: Mapping[str, Path]) -> list[Said]:
    of_sample: dict[str, list[TargetText]] = {}
    for target in targets:
        if target.sample_id is not None:
            of_sample.setdefault(target.sample_id, []).append(target)
    for sample_id in of_sample:
        if sample_id not in pictures or not pictures[sample_id].is_file():
            where = pictures.get(sample_id, "not among the quality samples")
            raise TableError(
                f"words were said of {sample_id!r}, but its picture is not there ({where}): "
                "run the comments pipeline again"
            )
    return [Said(pictures[sample_id], tuple(found)) for sample_id, found in of_sample.items()]


def _read_bytes(picture: Path) -> ByteImage:
    return to_bytes(read_image(picture))

"""The quality model's part in stage 1: it learns from inputs and restored images as they come."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from wordmend.comments.entry import Entry, Kind
from wordmend.comments.language import QualityLanguage
from wordmend.comments.measured import measured_entries
from wordmend.images.channels import ByteImage, FloatImage, to_bytes, to_float
from wordmend.pairs.image_pair import ImagePair
from wordmend.quality.evaluate import statement_scores
from wordmend.quality.model import QualityModel
from wordmend.seeds import seed_for
from wordmend.training.pair_batch import PairBatch
from wordmend.training.quality_batches import QualityBatch
from wordmend.training.quality_config import JointQualityConfig
from wordmend.training.quality_views import QualityView, cut_view, view_of
from wordmend.training.statements import StatementJudge

KINDS: tuple[Kind, Kind] = ("lq", "restored")
"""What a pair gives."""


class JointQuality:
    """Shows a quality model the images of a restorer's training, with words that are measured on the spot.

    n pairs give 2n quality samples, their inputs and their restored images (patent 0214-0218). What is drawn
    is a function of seed and step, and takes nothing from PyTorch's global random state.

    Args:
        model: what learns.
        config: how it is shown what.
        language: the words.
        seed: where words, windows and dropout come from.
    """

    def __init__(
        self, model: QualityModel, config: JointQualityConfig, language: QualityLanguage, seed: int
    ) -> None:
        self.model = model
        self.config = config
        self.language = language
        self.seed = seed
        self.judge = StatementJudge(model)

    def loss(self, restored: Tensor, batch: PairBatch) -> tuple[Tensor, dict[str, Tensor]] | None:
        """The loss of a batch and its terms, or None in a step that the model doesn't learn in.

        The loss is the mean over the samples, of the mean over the statements about each; a sample of which
        nothing can be said counts as 0.

        Args:
            restored: `(B, C, H, W)`; gets no gradient.
            batch: the pairs that it was restored from.
        """
        if (batch.step - 1) % self.config.every:
            return None
        views = self._views(restored, batch)
        if len(views) < 2:  # batch statistics need two pictures
            nothing = restored.new_zeros(())
            return nothing, {"quality_loss": nothing, "quality_accuracy": nothing}
        shown = QualityBatch.of(views).to(restored.device)
        with self._own_draws(f"dropout {batch.step} {batch.places[0]}", restored.device):
            judged = self.judge(shown)
        weights = 1 / shown.picture.bincount()[shown.picture]
        loss = (judged.losses * weights).sum() / (2 * len(restored))
        return loss, {"quality_loss": loss.detach(), "quality_accuracy": judged.right.mean()}

    def validate(self, restored: Tensor, pairs: Sequence[ImagePair]) -> dict[str, float]:
        """Accuracy and AUC on the inputs and restored images `(N, C, H, W)` of held-out pairs."""
        shown: list[tuple[ByteImage, list[Entry]]] = []
        for image, pair in zip(_pictures(restored), pairs, strict=True):
            for kind, picture in zip(KINDS, (to_bytes(pair.lq), image), strict=True):
                entries = self._entries(picture, pair.gt, pair.damage, pair.pair_id, kind, self.seed)
                shown.append((_rgb(picture), entries))
        if not any(entries for _, entries in shown):
            return {}
        return {f"quality_{name}": value for name, value in statement_scores(self.model, shown).items()}

    def _views(self, restored: Tensor, batch: PairBatch) -> list[QualityView]:
        """The samples of a batch, whole or, in the same steps as in clip_quality, in windows."""
        chance = np.random.default_rng(seed_for(self.seed, f"step {batch.step}"))
        in_windows = bool(chance.random() < self.config.window_share)
        gts = _pictures(batch.gt)
        views = []
        for kind, images in zip(KINDS, (batch.lq, restored), strict=True):
            for place, picture in enumerate(_pictures(images)):
                pair_id, draw = batch.pair_ids[place], batch.draws[place]
                entries = self._entries(
                    picture, to_float(gts[place]), batch.damage[place], pair_id, kind, draw
                )
                rng = np.random.default_rng(seed_for(draw, f"view of {kind}"))
                cut = cut_view(_rgb(picture), entries, kind, self.config, in_windows, rng)
                if cut is not None:
                    views.append(view_of(f"{pair_id}.{kind}", *cut, self.config, rng, language=self.language))
        return views

    def _entries(
        self,
        picture: ByteImage,
        gt: FloatImage,
        damage: ByteImage | None,
        pair_id: str,
        kind: Kind,
        draw: int,
    ) -> list[Entry]:
        sample_id = f"{pair_id}.{kind}"
        return measured_entries(
            sample_id=sample_id,
            pair_id=pair_id,
            kind=kind,
            image=to_float(picture),
            gt=gt,
            damage=damage,
            config=self.config.measured,
            language=self.language,
            rng=np.random.default_rng(seed_for(draw, f"words for {sample_id}")),
        )

    @contextmanager
    def _own_draws(self, name: str, device: torch.device) -> Iterator[None]:
        """Have modules draw from a seed of their own while a block runs."""
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(seed_for(self.seed, name))
            yield


def _pictures(images: Tensor) -> list[ByteImage]:
    """`(B, C, H, W)` to B pictures `(H, W, C)`, with 8 bits as in files."""
    return list(to_bytes(images.detach().float().permute(0, 2, 3, 1).cpu().numpy()))


def _rgb(picture: ByteImage) -> ByteImage:
    return picture if picture.shape[2] == 3 else picture.repeat(3, axis=2)

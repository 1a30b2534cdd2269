"""What the guard asks about restored validation images: PSNR, HaarPSI, the quality model, and the judge."""

from collections.abc import Sequence

import piq
import torch
from torch import Tensor
from torchmetrics.functional.image import peak_signal_noise_ratio

from wordmend.comments.words import TargetText
from wordmend.quality.model import QualityModel
from wordmend.quality.windows import region_corner

_AT_ONCE = 64
"""Pictures, or texts, that are encoded together."""


class WantedSimilarity:
    """How near images are to what is wanted of each, for a fixed quality model.

    A text about the whole image is judged on the whole of it, one about a region on a window around that.

    Args:
        model: is frozen here.
        wanted: the target texts of each image, some of which may have none; not all.
    """

    def __init__(self, model: QualityModel, wanted: Sequence[Sequence[TargetText]]) -> None:
        self.model = model.eval().requires_grad_(False)
        self.views = [(image, target.region) for image, targets in enumerate(wanted) for target in targets]
        self.counts = [len(targets) for targets in wanted]
        texts = [target.text for targets in wanted for target in targets]
        unique = list(dict.fromkeys(texts))
        with torch.no_grad():
            parts = [unique[start : start + _AT_ONCE] for start in range(0, len(unique), _AT_ONCE)]
            vectors = torch.cat([model.encode_texts(part) for part in parts])
        self.texts = vectors[torch.tensor([unique.index(text) for text in texts])]

    def to(self, device: str) -> None:
        """Move model and texts."""
        self.model.to(device)
        self.texts = self.texts.to(device)

    @torch.no_grad()
    def __call__(self, restored: Tensor) -> Tensor:
        """The mean over what is wanted of each image, `(N,)`; NaN where nothing is.

        Args:
            restored: `(N, C, H, W)` in [0, 1], in the order of `wanted`.
        """
        height, width = restored.shape[-2:]
        side = min(self.model.image_size, height, width)
        shown: dict[tuple[int, ...], Tensor] = {}
        keys = []
        for image, region in self.views:
            corner = () if region is None else region_corner(region, height, width, side)
            keys.append((image, *corner))
            if corner:
                x, y = corner
                shown[keys[-1]] = restored[image, :, y : y + side, x : x + side]
            else:
                shown[keys[-1]] = restored[image]
        vectors: dict[tuple[int, ...], Tensor] = {}
        for is_whole in (True, False):  # pictures of one size together
            of_size = [key for key in shown if (len(key) == 1) is is_whole]
            for start in range(0, len(of_size), _AT_ONCE):
                part = of_size[start : start + _AT_ONCE]
                found = self.model.encode_images(torch.stack([shown[key] for key in part]))
                vectors |= dict(zip(part, found.float(), strict=True))
        similarities = self.model.similarity(torch.stack([vectors[key] for key in keys]), self.texts.float())
        return torch.stack([of_image.mean() for of_image in torch.split(similarities, self.counts)])


class GuardMeasures:
    """Numbers of each image, by name: `psnr`, `haarpsi`; if anything is wanted, `similarity`, and with a
    judge `judge_similarity`.

    Args:
        quality_model: the one that words guide by.
        judge: the one that took no part in it; None: there is none.
        wanted: the target texts of each validation image.
    """

    def __init__(
        self,
        quality_model: QualityModel,
        judge: QualityModel | None,
        wanted: Sequence[Sequence[TargetText]],
    ) -> None:
        models = {"similarity": quality_model, "judge_similarity": judge}
        self.similarities = {
            name: WantedSimilarity(model, wanted)
            for name, model in models.items()
            if model is not None and any(wanted)
        }

    def to(self, device: str) -> None:
        """Move the models."""
        for similarity in self.similarities.values():
            similarity.to(device)

    @torch.no_grad()
    def __call__(self, restored: Tensor, gt: Tensor) -> dict[str, Tensor]:
        """Measure restored validation images against the originals, both `(N, C, H, W) float32` in [0, 1].

        Returns:
            `(N,)` by name.
        """
        similarities = {name: similarity(restored) for name, similarity in self.similarities.items()}
        return {**fidelity(restored, gt), **similarities}


@torch.no_grad()
def fidelity(restored: Tensor, gt: Tensor) -> dict[str, Tensor]:
    """`psnr`, in dB, and `haarpsi` (10.1016/j.image.2017.11.001) of images, `(N,)` each.

    Args:
        restored, gt: both `(N, C, H, W) float32` in [0, 1].
    """
    with torch.autocast(restored.device.type, enabled=False):
        psnr = peak_signal_noise_ratio(restored, gt, data_range=1.0, reduction="none", dim=(1, 2, 3))
        return {"psnr": psnr, "haarpsi": piq.haarpsi(restored, gt, data_range=1.0, reduction="none")}

"""Stage 1 from start to end, and what both stages share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from wordmend.comments.language import QualityLanguage
from wordmend.devices import torch_device
from wordmend.errors import ParameterError, PhotosError
from wordmend.images.channels import FloatImage
from wordmend.images.tensors import to_tensor
from wordmend.pairs.library import PairLibrary
from wordmend.quality.model import QualityModel
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.margin import restore_batch
from wordmend.restorers.networks import build_restorer, network_of
from wordmend.restorers.weights import Restorer, load_weights
from wordmend.seeds import seed_for
from wordmend.training.clip_quality import quality_model_to_train
from wordmend.training.defect_loss import DefectLoss
from wordmend.training.joint import JointTask
from wordmend.training.joint_quality import JointQuality
from wordmend.training.launch import launch
from wordmend.training.loop import Training
from wordmend.training.pair_batches import last_pair_ids
from wordmend.training.patches import Phase, check_patches
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import DimensionWeights, PairsPart, RestorationConfig, Stage1Config
from wordmend.training.restorer_loss import RestorerLoss, UnguidedLoss
from wordmend.training.run import TrainingRun
from wordmend.training.transplants import NO_TRANSPLANTS, Transplants


@dataclass(frozen=True)
class RestorerTraining:
    """A trained restorer, and how its training went."""

    restorer: Restorer
    training: Training


@dataclass(frozen=True)
class Stage1Training(RestorerTraining):
    """Stage 1, the pairs that it saw last, the latest first, and the quality model where one learned too."""

    last_pair_ids: list[str]
    quality_model: QualityModel | None


def part_of(pairs: PairLibrary, part: PairsPart, seed: int) -> PairLibrary:
    """A part of the training pairs, in an order that is shuffled by the seed (M6).

    Raises:
        PhotosError: nothing lies in the part.
    """
    train_ids = pairs.split("train").pair_ids
    order = np.random.default_rng(seed_for(seed, "parts of the pairs")).permutation(len(train_ids))
    first, last = round(part.start * len(train_ids)), round(part.end * len(train_ids))
    chosen = {train_ids[index] for index in order[first:last]}
    if not chosen:
        raise PhotosError(
            f"pairs_part {part.start} to {part.end} of {len(train_ids)} training pairs holds no pair: "
            "widen it, or make more pairs"
        )
    return pairs.select([pair_id for pair_id in train_ids if pair_id in chosen])


def train_stage1(
    pairs: PairLibrary,
    config: Stage1Config,
    seed: int,
    run: TrainingRun | None = None,
    language: QualityLanguage | None = None,
) -> Stage1Training:
    """Train a restorer on the difference between restored image and `gt` alone (patent 0156-0161).

    What is damaged may count by itself, as a scratch has few of an image's pixels, and harm with it.

    Where it is set, a quality model learns from the same pairs; the restorer is the same without.

    Args:
        pairs: all pairs.
        config: settings.
        seed: of the run.
        run: where it is followed, controlled and kept.
        language: the words that the quality model learns, where one does.

    Raises:
        WeightsError: weights to start from are missing, damaged or of another network.
        ParameterError: a network can't be built, or doesn't take images of this size.
    """
    restorer_config = RestorerConfig(
        architecture=config.architecture, channels=pairs.channels, options=config.options
    )
    network = build_restorer(restorer_config, seed_for(seed, "restorer weights"))
    if config.weights is not None:
        load_weights(network, Path(config.weights))
    restorer = Restorer(network, restorer_config)
    defects = DefectLoss(DimensionWeights(), config.w_unnamed, config.w_harm, config.fade_steps)
    task = restoration_task("stage1", restorer, pairs, UnguidedLoss(config, defects), config, seed)
    model = None
    if config.quality is None:
        training = launch(task, config.loop, run)
    else:
        assert language is not None, "a quality model learns words"
        model = quality_model_to_train(config.quality.model, seed)
        quality = JointQuality(model, config.quality, language, seed_for(seed, "joint quality"))
        training = launch(JointTask(task, quality), config.loop, run)
    last = last_pair_ids(task.train_pairs, config.phases, task.seed, training.steps, config.last_pairs)
    return Stage1Training(restorer, training, last, model)


def restoration_task(
    name: str,
    restorer: Restorer,
    pairs: PairLibrary,
    loss: RestorerLoss,
    config: RestorationConfig,
    seed: int,
    first: Sequence[str] = (),
    transplants: Transplants = NO_TRANSPLANTS,
) -> RestorationTask:
    """The task of one stage.

    Args:
        name: stage1 or stage2; its batches come from it and the seed.
        restorer: its network is trained.
        pairs: all pairs.
        loss: what restored images are judged by.
        config: settings.
        seed: of the run.
        first, transplants: as `RestorationTask` takes them.

    Raises:
        ParameterError: the network doesn't take images of this size.
        PhotosError: no pair is in the part that is trained on.
    """
    check_size(restorer, pairs, config.phases)
    return RestorationTask(
        name,
        restorer.network,
        part_of(pairs, config.pairs_part, seed),
        pairs.split("validation"),
        loss,
        config,
        seed_for(seed, f"{name} batches"),
        first,
        transplants,
        network_of(restorer.config).multiple,
    )


def check_size(restorer: Restorer, pairs: PairLibrary, phases: Sequence[Phase]) -> None:
    """Refuse pairs, and crops of them, of a size that the network can't take.

    Raises:
        ParameterError: names the size and what it must be a multiple of.
    """
    multiple = network_of(restorer.config).multiple
    height, width = pairs.size
    if height % multiple or width % multiple:
        raise ParameterError(
            f"{restorer.config.architecture} takes images whose sides are multiples of {multiple}, "
            f"the pairs are {width}x{height}: set pair_synthesis.size to a multiple of {multiple}"
        )
    check_patches(phases, pairs.size, multiple)


@torch.no_grad()
def restore_pairs(
    restorer: Restorer, pairs: PairLibrary, batch_size: int = 8, originals: bool = False
) -> Iterator[tuple[str, FloatImage]]:
    """Restore every pair's `lq`, or its `gt`, as if that were to be mended.

    Gives (pair_id, `(H, W, C) float32` in [0, 1]), in the table's order.
    """
    device = torch_device("auto")
    # convolutions with the channels last in memory take half the time
    network = restorer.network.eval().to(device).to(memory_format=torch.channels_last)
    multiple = network_of(restorer.config).multiple
    chunks = [pairs.pair_ids[i : i + batch_size] for i in range(0, len(pairs), batch_size)]
    for pair_ids in chunks:
        read = [pairs.read(pair_id) for pair_id in pair_ids]
        given = torch.stack([to_tensor(pair.gt if originals else pair.lq) for pair in read]).to(device)
        given = given.contiguous(memory_format=torch.channels_last)
        restored = restore_batch(network, given, multiple).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()
        yield from zip(pair_ids, restored, strict=True)
    network.to("cpu").to(memory_format=torch.contiguous_format)

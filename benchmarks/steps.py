"""Training steps against bare loops of the same network, batch and type."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks.timing import compare
from wordmend.comments.words import TargetText
from wordmend.pairs.library import PairLibrary
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.weights import build_quality_model
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.networks import build_restorer
from wordmend.training.loop import train
from wordmend.training.restoration import RestorationTask
from wordmend.training.restoration_config import GuidanceConfig, Stage2Config
from wordmend.training.text_guidance import TextGuidance
from wordmend.training.word_source import WordSource

STEPS = 10
BATCH = 8


def _config(w_text: float) -> Stage2Config:
    loop = {"steps": STEPS, "learning_rate": 1e-3, "validate_every": 10_000}
    return Stage2Config.model_validate(
        {"batch_size": BATCH, "validation_pairs": 1, "validation_pictures": 1, "w_text": w_text, "loop": loop}
    )


def _bare_restorer() -> nn.Module:
    """The default network as the loop has it in memory: that is the floor."""
    network = build_restorer(RestorerConfig())
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def stage1_step(pairs: PairLibrary, rounds: int) -> dict[str, Any]:
    """Ten steps of stage 1, with data, loop and two tiny validations, against ten bare steps."""
    config = _config(0.0)
    network, bare = build_restorer(RestorerConfig()), _bare_restorer()
    task = RestorationTask("bench", network, pairs.split("train"), pairs.split("validation"), config, seed=0)
    height, width = pairs.size
    lq, gt = torch.rand(BATCH, 3, height, width), torch.rand(BATCH, 3, height, width)
    optimizer = torch.optim.AdamW(bare.parameters(), lr=1e-3, fused=True)

    def bare_steps() -> None:
        for _ in range(STEPS):
            (bare(lq) - gt).abs().mean().backward()
            optimizer.step()
            optimizer.zero_grad()

    return compare(lambda: train(task, config.loop), bare_steps, rounds, "the network alone, same batch")


def stage2_step(pairs: PairLibrary, rounds: int) -> dict[str, Any]:
    """Ten steps of stage 2 against the restorer and the frozen image tower, forward and backward."""
    config = _config(0.003)
    judge = build_quality_model(QualityModelConfig())
    clear = TargetText("the image is clear", "sharpness", None, "measured", "c")
    words = {pair_id: [replace(clear, sample_id=pair_id)] for pair_id in pairs.pair_ids}
    rows = pairs.table.set_index("pair_id")["lq_path"]
    commented = {pair_id: pairs.folder / str(rows[pair_id]) for pair_id in pairs.pair_ids}
    source = WordSource(words, commented, reuse_similarity=0.01)  # all are compared, none is refused
    guidance = TextGuidance(judge, source, GuidanceConfig(texts_per_image=1, copies=2))
    network, bare = build_restorer(RestorerConfig()), _bare_restorer()
    train_pairs, validation = pairs.split("train"), pairs.split("validation")
    task = RestorationTask("bench", network, train_pairs, validation, config, seed=0, guidance=guidance)
    height, width = pairs.size
    lq, gt = torch.rand(BATCH, 3, height, width), torch.rand(BATCH, 3, height, width)
    side = min(judge.image_size, height, width)
    text = judge.encode_texts(["the image is clear"]).detach()
    optimizer = torch.optim.AdamW(bare.parameters(), lr=1e-3, fused=True)

    def bare_steps() -> None:
        for _ in range(STEPS):
            restored = bare(lq)
            vectors = judge.encode_images(restored[:, :, :side, :side].repeat(2, 1, 1, 1))
            loss = (restored - gt).abs().mean() + 0.003 * (1 - judge.similarity(vectors, text)).mean()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    baseline = "restorer and frozen image tower alone, same batch"
    return compare(lambda: train(task, config.loop), bare_steps, rounds, baseline)


def small_library(folder: Path) -> PairLibrary:
    """40 pairs of 96 pixels from the sample photographs."""
    from wordmend.images.photos import find_photos
    from wordmend.pairs.config import PairSynthesisConfig
    from wordmend.pairs.library import write_pairs
    from wordmend.pairs.synthesis import synthesize_pairs

    config = PairSynthesisConfig(pairs=40, workers=1)
    write_pairs(folder / "pairs.parquet", synthesize_pairs(find_photos(None).photos, config, seed=0))
    return PairLibrary.open(folder / "pairs.parquet")

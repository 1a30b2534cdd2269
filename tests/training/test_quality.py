import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from wordmend.comments.entry import Dimension, Entry, Kind, Region, comment_id_of
from wordmend.comments.language import QualityLanguage
from wordmend.errors import TrainingError
from wordmend.images.writing import write_image
from wordmend.quality.config import QualityModelConfig
from wordmend.quality.evaluate import evaluate_quality
from wordmend.quality.model import QualityModel
from wordmend.quality.paraphrases import held_out_texts
from wordmend.quality.samples import QualitySample, QualitySamples
from wordmend.training.config import LoopConfig
from wordmend.training.loop import train
from wordmend.training.quality import QualityTask
from wordmend.training.quality_batches import QualityBatch, quality_batches
from wordmend.training.quality_config import QualityTrainingConfig
from wordmend.training.quality_views import view_of
from wordmend.training.statements import damage_losses

SMALL = QualityTrainingConfig(
    model=QualityModelConfig(image_size=32),
    batch_size=8,
    picture_size=48,
    loop=LoopConfig(steps=60, learning_rate=4e-3, warmup_steps=4, validate_every=1000),
)


def entry_on(
    sample_id: str,
    kind: Kind,
    text: str,
    opposite: str | None,
    conforms: int = 1,
    dimension: Dimension = "noise",
    region: Region | None = None,
) -> Entry:
    return Entry(
        comment_id=comment_id_of(sample_id, text, dimension, region, "measured"),
        sample_id=sample_id,
        pair_id=sample_id.split(".", maxsplit=1)[0],
        kind=kind,
        text=text,
        opposite=opposite,
        dimension=dimension,
        region=region,
        conforms=conforms,
        source="measured",
    )


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> QualitySamples:
    """Smooth pictures and noisy ones of 48 x 48 pixels, half of what is said a reverse evaluation."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    made = []
    for pair in range(40):
        ramp = np.linspace(*rng.uniform(0.1, 0.9, 2), 48, dtype=np.float32)
        gt = np.repeat(np.broadcast_to(ramp[:, None, None], (48, 48, 1)), 3, axis=2)
        noisy = np.clip(gt + rng.normal(0, 0.1, gt.shape), 0, 1).astype(np.float32)
        split = "train" if pair < 28 else "validation" if pair < 34 else "test"
        for kind, image, said in (("gt", gt, "the image is not noisy"), ("lq", noisy, "the image is noisy")):
            name = f"p{pair}.{kind}"
            write_image(folder / f"{name}.png", image)
            other = "the image is noisy" if kind == "gt" else "the image is not noisy"
            texts = (said, other) if pair % 2 else (other, said)
            region = Region(8, 8, 20, 20) if kind == "lq" and pair % 3 == 0 else None
            entry = entry_on(name, kind, *texts, conforms=pair % 2, region=region)  # type: ignore[arg-type]
            made.append(QualitySample(name, split, kind, folder / f"{name}.png", (entry,)))
    return QualitySamples(made)


def same(first: QualityBatch, second: QualityBatch) -> bool:
    return first.texts == second.texts and all(
        torch.equal(getattr(first, name), getattr(second, name))
        for name in ("images", "picture", "text", "conforms", "damage", "damage_known")
    )


def test_it_learns_to_tell_noise_on_held_out_pictures(samples: QualitySamples) -> None:
    torch.manual_seed(0)
    model = QualityModel(SMALL.model)
    training = train(QualityTask(model, samples, SMALL, seed=0), SMALL.loop)
    assert training.validations["accuracy"].iloc[-1] >= 0.95
    scores = evaluate_quality(model.eval(), samples.split("test"), [])
    assert scores.accuracy >= 0.95 and scores.auc >= 0.95


def test_batches_are_a_function_of_seed_and_step(samples: QualitySamples) -> None:
    part = samples.split("train")
    first = list(itertools.islice(quality_batches(part, SMALL, 3), 6))
    later = list(itertools.islice(quality_batches(part, SMALL, 3, start=4), 2))
    other = next(quality_batches(part, SMALL, 4))
    assert all(same(*pair) for pair in zip(first[4:], later, strict=True))
    assert not same(first[0], other)
    assert {batch.images.shape[2:] for batch in first} == {(32, 32), (48, 48)}


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_no_batch(samples: QualitySamples, workers: int) -> None:
    part = samples.split("train")
    config = SMALL.model_copy(update={"workers": workers})
    expected = list(itertools.islice(quality_batches(part, SMALL, 3), 5))
    made = list(itertools.islice(quality_batches(part, config, 3), 5))
    assert all(same(*pair) for pair in zip(expected, made, strict=True))


def test_workers_share_the_memory_for_pictures(samples: QualitySamples, monkeypatch) -> None:
    shared: list[int] = []
    monkeypatch.setattr(QualitySamples, "shared_by", lambda one, readers: shared.append(readers) or one)
    next(quality_batches(samples, SMALL.model_copy(update={"workers": 2}), seed=4))
    assert shared == [2]


def test_a_text_and_its_opposite_are_in_one_batch_with_opposite_classes(samples: QualitySamples) -> None:
    batch = next(quality_batches(samples.split("train"), SMALL, 0))
    for picture in range(len(batch.images)):
        rows = batch.picture == picture
        assert batch.conforms[rows].sum() == rows.sum() / 2
        assert len(set(batch.text[rows].tolist())) == int(rows.sum())
    assert batch.conforms.shape == batch.text.shape


def test_an_entry_without_opposite_trains_with_its_one_text(samples: QualitySamples) -> None:
    one = [
        QualitySample(s.sample_id, s.split, s.kind, s.path, (entry_on(s.sample_id, "lq", "noisy", None),))
        for s in samples.samples[:8]
    ]
    config = SMALL.model_copy(update={"counterexample_share": 0.0})
    batch = next(quality_batches(QualitySamples(one), config, 0))
    assert batch.texts == ["noisy"] and len(batch.conforms) == len(batch.images)
    assert (batch.conforms == 1).all()


def test_words_about_a_lost_part_do_not_hold_of_any_window(samples: QualitySamples) -> None:
    said = ("a hole is left", "no hole is left")
    whole = [
        QualitySample(
            s.sample_id,
            s.split,
            "lq",
            s.path,
            (entry_on(s.sample_id, "lq", *said, dimension="missing_parts"),),
        )
        for s in samples.samples[:8]
    ]
    windows = SMALL.model_copy(update={"window_share": 1.0})
    assert next(quality_batches(QualitySamples(whole), windows, 0)).images.shape[2:] == (48, 48)


def test_good_pictures_are_shown_degraded_with_the_other_class(samples: QualitySamples) -> None:
    part = samples.split("train").select(lambda s: s.kind == "gt" and s.entries[0].conforms == 1)
    plain = SMALL.model_copy(update={"counterexample_share": 0.0, "window_share": 0.0})
    spoilt = plain.model_copy(update={"counterexample_share": 0.5})

    def noise_by_class(config: QualityTrainingConfig) -> dict[int, float]:
        found: dict[int, list[float]] = {0: [], 1: []}
        for batch in itertools.islice(quality_batches(part, config, 0), 6):
            noise = batch.images.diff(dim=2).diff(dim=3).abs().mean(dim=(1, 2, 3))
            clean = [batch.texts[int(text)] == "the image is not noisy" for text in batch.text]
            for row in np.flatnonzero(clean):
                found[int(batch.conforms[row])].append(float(noise[batch.picture[row]]))
        return {key: float(np.median(values)) for key, values in found.items() if values}

    assert noise_by_class(plain).keys() == {1}
    both = noise_by_class(spoilt)
    assert both[0] > 2 * both[1]


def test_other_pictures_come_with_grain_and_no_words_about_it(samples: QualitySamples) -> None:
    blurred = ("the image is blurred", "the image is clear")
    gt = [s for s in samples.split("train").samples if s.kind == "gt"]
    smooth = [  # the same smooth pictures, as if they had been restored
        replace(
            s,
            kind="restored",
            entries=(*s.entries, entry_on(s.sample_id, "gt", *blurred, dimension="sharpness")),
        )
        for s in gt
    ]
    plain = SMALL.model_copy(update={"grain_share": 0.0, "window_share": 0.0, "batch_size": 16})

    def shown(config: QualityTrainingConfig) -> list[tuple[float, set[str]]]:
        found = []
        for batch in itertools.islice(quality_batches(QualitySamples(smooth), config, 0), 4):
            noise = batch.images.diff(dim=2).diff(dim=3).abs().mean(dim=(1, 2, 3)).tolist()
            for picture, level in enumerate(noise):
                texts = {batch.texts[int(text)] for text in batch.text[batch.picture == picture]}
                found.append((level, texts))
        return found

    noise_words = {"the image is noisy", "the image is not noisy"}
    assert all(texts == noise_words | {*blurred} for _, texts in shown(plain))
    clean, grainy = [], []
    for level, texts in shown(plain.model_copy(update={"grain_share": 0.5})):
        assert set(blurred) <= texts
        (clean if texts & noise_words else grainy).append(level)
    assert 20 < len(grainy) < 44
    assert min(grainy) > max(clean)


def test_where_good_pictures_were_damaged_is_shown_with_them(samples: QualitySamples) -> None:
    config = SMALL.model_copy(update={"counterexample_share": 0.5})
    shown = 0
    for batch in itertools.islice(quality_batches(samples.split("train"), config, 0), 8):
        assert batch.damage_known.tolist() == [name.endswith(".gt") for name in batch.samples]
        assert not batch.damage[~batch.damage_known].any()
        shown += int(batch.damage.any(dim=(2, 3)).sum())
    assert shown > 10


@pytest.mark.parametrize("seed", range(8))
def test_damage_is_turned_and_flipped_with_the_picture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    window = rng.integers(0, 200, (48, 48, 3), dtype=np.uint8)
    damage = rng.random((48, 48, 2)) < 0.1
    window[damage[:, :, 0]] = 255
    view = view_of(
        "p0.gt", window, [], SMALL.model_copy(update={"intensity_jitter": 0.0}), rng, damage=damage
    )
    assert view.damage is not None
    assert torch.equal(view.damage[0], view.image.amin(dim=0) == 1)
    assert view.damage[1].sum() == damage[:, :, 1].sum()


def test_places_count_as_damaged_from_three_pixels_on(samples: QualitySamples) -> None:
    batch = next(quality_batches(samples.split("train"), SMALL, 0))
    size = batch.images.shape[2]
    damage = torch.zeros(len(batch.images), 2, size, size, dtype=torch.bool)
    damage[0, 0, 0, :3] = True
    damage[1, 1, 8, 8:10] = True
    known = torch.ones(len(batch.images), dtype=torch.bool)
    known[2] = False
    batch = replace(batch, damage=damage, damage_known=known)
    right = torch.full((len(batch.images), 2, size // 8, size // 8), -20.0)
    right[0, 0, 0, 0] = 20
    right[2] = 20
    assert damage_losses(right, batch).max() < 1e-6
    wrong = right.clone()
    wrong[1, 1, 1, 1] = 20
    assert damage_losses(wrong, batch)[1] == pytest.approx(20 / (2 * (size // 8) ** 2))
    assert damage_losses(None, batch).tolist() == [0] * len(batch.images)


@pytest.mark.parametrize("name", ["wordmend-small", "wordmend-dct"])
def test_where_damage_is_gets_gradients_as_far_as_it_counts(samples: QualitySamples, name: str) -> None:
    gradients = []
    for weight in (0.0, 4.0):
        torch.manual_seed(0)
        config = SMALL.model_copy(
            update={"model": QualityModelConfig(name=name, image_size=32), "damage_weight": weight}
        )
        model = QualityModel(config.model)
        task = QualityTask(model, samples, config, seed=0)
        loss, _ = task.step(next(task.batches(0)))
        loss.backward()
        gradients.append(model.clip.visual.trunk.damage.bias.grad.abs().sum().item())
    assert gradients[1] > 2 * gradients[0] > 0


def test_nothing_to_train_on_is_an_error(samples: QualitySamples) -> None:
    with pytest.raises(TrainingError, match="at least 2 commented samples"):
        QualityTask(QualityModel(SMALL.model), samples.split("test"), SMALL, seed=0)


def test_without_held_out_comments_there_is_no_validation(samples: QualitySamples) -> None:
    task = QualityTask(QualityModel(SMALL.model), samples.split("train"), SMALL, seed=0)
    assert task.validate().metrics == {}


def test_which_comments_were_learned_from_is_counted(samples: QualitySamples) -> None:
    task = QualityTask(QualityModel(SMALL.model), samples, SMALL, seed=0)
    batches = list(itertools.islice(task.batches(0), 2))
    for batch in batches:
        task.step(batch)
    assert task.uses.total() == sum(len(ids) for batch in batches for ids in batch.comment_ids)
    assert set(task.uses) <= {entry.comment_id for entry in samples.split("train").entries}
    # a statement is a comment's words or their opposite
    assert all(n <= len(b.conforms) <= 2 * n for b in batches for n in [sum(map(len, b.comment_ids))])


def test_both_encoders_and_the_scale_get_gradients(samples: QualitySamples) -> None:
    model = QualityModel(SMALL.model)
    task = QualityTask(model, samples, SMALL, seed=0)
    loss, terms = task.step(next(task.batches(0)))
    loss.backward()
    assert 0 <= terms["accuracy"] <= 1
    for parameter in (model.clip.token_embedding.weight, model.clip.visual.head.proj.weight, model.log_scale):
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0


def test_each_process_gets_its_part_of_every_batch(samples: QualitySamples) -> None:
    task = QualityTask(QualityModel(SMALL.model), samples, SMALL, seed=0)
    task.module.eval()  # without statistics of the batch, which one picture has none of
    whole, *parts = [next(task.batches(0, rank, size)) for rank, size in ((0, 1), (0, 2), (1, 2))]
    assert parts[0].samples + parts[1].samples == whole.samples
    assert sum(part.share for part in parts) == pytest.approx(1)
    none_left = next(task.batches(0, len(whole.samples), len(whole.samples) + 1))
    assert none_left.share == 0
    uses = task.uses.copy()
    task.step(none_left)
    assert task.uses == uses


def test_parts_of_a_batch_make_up_its_loss(samples: QualitySamples) -> None:
    task = QualityTask(QualityModel(SMALL.model), samples, SMALL, seed=0)
    task.module.eval()  # without statistics of the batch, and without dropout
    batch = next(task.batches(0))
    whole, _ = task.step(batch)
    parts = batch.split(3)
    assert [len(part.names) for part in parts] == [len(part.images) for part in parts]
    assert sum(part.share for part in parts) == pytest.approx(1)
    assert sum(part.share * task.step(part)[0].item() for part in parts) == pytest.approx(
        whole.item(), rel=1e-4
    )
    assert [ids for part in parts for ids in part.comment_ids] == batch.comment_ids


def texts_of(samples: QualitySamples, config: QualityTrainingConfig, language: QualityLanguage) -> set[str]:
    batches = itertools.islice(quality_batches(samples, config, 0, language=language), 12)
    return {text for batch in batches for text in batch.texts}


def test_comments_come_in_other_words_with_the_same_class(
    samples: QualitySamples, language: QualityLanguage, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = samples.split("train")
    plain = SMALL.model_copy(update={"saying_share": 0.0, "typo_share": 0.0})
    said = {"the image is noisy", "the image is not noisy"}
    assert texts_of(part, plain, language) == said
    varied = texts_of(part, SMALL, language)
    assert said < varied and len(varied) > 50
    monkeypatch.setattr(
        QualityLanguage, "in_other_words", lambda self, text, *_: f"fault {self.finds_fault(text)}"
    )
    spoken = plain.model_copy(update={"saying_share": 1.0, "counterexample_share": 0.0})
    batch = next(quality_batches(part, spoken, 0, language=language))
    assert set(batch.texts) == said | {"fault True", "fault False"}
    for picture, text, conforms in zip(batch.picture, batch.text, batch.conforms, strict=True):
        noisy = batch.samples[int(picture)].endswith(".lq")
        right = (f"fault {noisy}", "the image is noisy" if noisy else "the image is not noisy")
        assert (batch.texts[int(text)] in right) == bool(conforms)


def test_no_paraphrase_to_test_on_is_learned_from(
    samples: QualitySamples, language: QualityLanguage, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_out = "no longer noisy"
    assert held_out in held_out_texts()
    monkeypatch.setattr(QualityLanguage, "in_other_words", lambda *_: "No longer noisy")
    config = SMALL.model_copy(update={"saying_share": 1.0, "typo_share": 0.0})
    assert texts_of(samples.split("train"), config, language) == {
        "the image is noisy",
        "the image is not noisy",
    }

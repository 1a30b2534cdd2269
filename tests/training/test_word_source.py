"""Earlier comments, then people, then the preset."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.test_questions import Clock, Waiting
from wordmend.comments.entry import Region
from wordmend.comments.words import TargetText
from wordmend.images.writing import write_image
from wordmend.pairs.library import PairLibrary
from wordmend.training.pair_batch import PairBatch
from wordmend.training.pair_batches import pair_batches, sampler_of
from wordmend.training.people import Answer, Questions, Shown
from wordmend.training.word_source import WordSource

PRESET = TargetText("the image has no noise", "noise", None, "preset", None)
MEASURED = TargetText("the image is clear", "sharpness", None, "measured", "c1")
PERSONS = TargetText("the hair is clear", "sharpness", Region(1, 2, 8, 9), "person", "c2", "live")


@pytest.fixture
def batch(small_library: PairLibrary) -> PairBatch:
    batches = pair_batches(small_library, sampler_of(small_library, batch_size=6, seed=0))
    found = next(batches)
    assert len(set(found.orientations)) > 3
    return found


def picture_of(batch: PairBatch, image: int, folder: Path, restored: torch.Tensor | None = None) -> Path:
    """A file of a restored image, as it lies in the library; the input stands in for it."""
    pixels = (batch.lq if restored is None else restored)[image].permute(1, 2, 0).numpy()
    path = folder / f"{batch.pair_ids[image]}.png"
    write_image(path, batch.orientations[image].undone(pixels))
    return path


def source_for(batch: PairBatch, folder: Path, *images: int, **settings) -> WordSource:
    """Words were said of some images of the batch."""
    words, pictures = {}, {}
    for image in images:
        pair_id = batch.pair_ids[image]
        words[pair_id] = [replace(MEASURED, sample_id=pair_id)]
        pictures[pair_id] = picture_of(batch, image, folder)
    return WordSource(words, pictures, preset=[PRESET], **settings)


def test_what_was_said_guides_as_long_as_the_image_is_the_same(batch, tmp_path):
    source = source_for(batch, tmp_path, 0, 2, reuse_similarity=0.9)
    found = source.find(batch.lq, batch)
    assert [one.words for one in found] == ["said", "preset", "said", "preset", "preset", "preset"]
    assert found[0].similarity == pytest.approx(1, abs=1e-4)  # whichever way the batch is turned
    assert found[1].similarity is None
    assert found[0].targets == (replace(MEASURED, sample_id=batch.pair_ids[0]),)
    assert found[1].targets == (PRESET,)


def test_words_about_an_image_that_has_moved_too_far_are_refused(batch, tmp_path):
    source = source_for(batch, tmp_path, 0, 1, reuse_similarity=0.9)
    restored = batch.lq.clone()
    restored[0] = torch.rand(restored[0].shape, generator=torch.Generator().manual_seed(0))
    refused, held = source.find(restored, batch)[:2]
    assert (refused.words, refused.targets) == ("preset", (PRESET,))
    assert refused.similarity is not None
    assert refused.similarity < 0.9
    assert held.words == "said"


def with_piece(batch: PairBatch, image: int) -> tuple[PairBatch, torch.Tensor]:
    """The batch with a piece of another pair in one image, and what is restored of it."""
    pasted = np.zeros(batch.lq.shape[-2:], np.uint8)
    pasted[:, :20] = 1
    restored = batch.lq.clone()
    restored[image, :, :, :20] = 1 - restored[image, :, :, :20]
    maps = [pasted if place == image else None for place in range(len(restored))]
    return replace(batch, pasted=maps), restored


def test_a_piece_of_another_pair_is_no_change(batch, tmp_path):
    source = source_for(batch, tmp_path, 0, 1, reuse_similarity=0.9)
    pasted, restored = with_piece(batch, 0)
    assert source.find(restored, batch)[0].words == "preset"
    found = source.find(restored, pasted)
    assert [one.words for one in found[:2]] == ["said", "said"]
    assert found[0].similarity == pytest.approx(1, abs=1e-4)
    restored[0, :, :, 20:] = 0.5  # a change beside it still is one
    assert source.find(restored, pasted)[0].words == "preset"
    assert all(len(part.pasted) == len(part.pair_ids) for part in pasted.split(4))


def test_what_others_defects_on_it_name_is_known_as_well(batch, tmp_path):
    source = source_for(batch, tmp_path, 0)
    named = [("noise",), ("scratches",), *[()] * 4]
    found = source.find(batch.lq, replace(batch, named=named))
    assert [one.names_nothing for one in found] == [False, False, *[True] * 4]
    assert found[0].named_regions("noise") == [None]
    assert found[0].named_regions("sharpness") == [None]
    assert found[1].named_regions("noise") == []


def test_nothing_is_compared_where_any_similarity_will_do(batch, tmp_path):
    source = source_for(batch, tmp_path, 0, reuse_similarity=0)
    found = source.find(torch.rand_like(batch.lq), batch)[0]
    assert (found.words, found.similarity) == ("said", None)


def test_a_picture_of_another_size_is_another_picture(batch, tmp_path):
    source = source_for(batch, tmp_path, 0, 1, reuse_similarity=0.5)
    write_image(tmp_path / f"{batch.pair_ids[0]}.png", np.zeros((48, 32, 3), dtype=np.float32))
    other, same = source.find(batch.lq, batch)[:2]
    assert (other.words, other.similarity) == ("preset", 0)
    assert same.words == "said"


def test_of_several_pictures_those_that_still_hold_speak_and_nothing_doubles(batch, tmp_path):
    pair_id = batch.pair_ids[0]
    same = picture_of(batch, 0, tmp_path)
    write_image(tmp_path / "old.png", np.zeros((32, 32, 3), dtype=np.float32))
    words = [
        replace(PERSONS, sample_id="old"),
        replace(MEASURED, sample_id="new"),
        replace(MEASURED, sample_id="as new"),
    ]
    pictures = {"old": tmp_path / "old.png", "new": same, "as new": same}
    found = WordSource({pair_id: words}, pictures, [PRESET], 0.9).find(batch.lq, batch)[0]
    assert found.targets == (words[1],)


def test_without_a_preset_nothing_guides(batch):
    found = WordSource({}, {}).find(batch.lq, batch)
    assert {(one.words, one.targets) for one in found} == {("none", ())}


@pytest.fixture
def people():
    return Waiting()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def asking(people, clock):
    return Questions(people, countdown=30, at_most=2, clock=clock)


def words_of(source: WordSource, batch: PairBatch) -> list[str]:
    return [one.words for one in source.find(batch.lq, batch)]


def test_people_are_asked_about_what_nothing_was_said_of(batch, tmp_path, asking, people):
    source = source_for(batch, tmp_path, 0, reuse_similarity=0.9, questions=asking)
    assert words_of(source, batch) == ["said", "asked", "asked", "preset", "preset", "preset"]
    assert people.asked == batch.pair_ids[1:3]
    assert words_of(source, batch) == ["said", "waiting", "waiting", "preset", "preset", "preset"]


def test_they_are_not_asked_about_an_image_with_a_piece_of_another_pair_in_it(batch, asking, people):
    source = WordSource({}, {}, preset=[PRESET], questions=asking)
    pasted, restored = with_piece(batch, 0)
    assert source.find(restored, pasted)[0].words == "preset"
    assert batch.pair_ids[0] not in people.asked
    assert batch.pair_ids[1] in people.asked


def test_they_see_the_image_as_it_lies_in_the_library(batch, small_library, asking, people):
    shown = {}
    people.ask = lambda pair_id, restored: shown.update({pair_id: restored})
    WordSource({}, {}, questions=asking).find(batch.lq, batch)
    for pair_id, image in shown.items():
        assert np.allclose(image, small_library.read(pair_id).lq)
    assert len(shown) == 2


def test_without_an_answer_the_preset_stands_in(batch, asking, clock):
    source = WordSource({}, {}, [PRESET], 0.9, asking)
    assert words_of(source, batch)[:2] == ["asked", "asked"]
    clock.now = 30
    assert words_of(source, batch)[:2] == ["preset", "preset"]
    assert asking.take_due(8) == batch.pair_ids[:2]


def test_an_answer_guides_from_then_on(batch, tmp_path, asking, people):
    source = WordSource({}, {}, [PRESET], 0.9, asking)
    source.find(batch.lq, batch)
    people.coming = [
        Shown(batch.pair_ids[0]),
        Answer(batch.pair_ids[0], picture_of(batch, 0, tmp_path), (PERSONS,)),
    ]
    first = source.find(batch.lq, batch)[0]
    assert (first.words, first.targets) == ("said", (PERSONS,))
    assert asking.take_due(8) == [batch.pair_ids[0]]


def test_the_person_is_asked_again_when_the_image_has_moved_too_far(batch, tmp_path, asking, people):
    source = WordSource({}, {}, [PRESET], 0.9, asking)
    source.find(batch.lq, batch)
    people.coming = [Answer(batch.pair_ids[0], picture_of(batch, 0, tmp_path), (PERSONS,))]
    assert words_of(source, batch)[0] == "said"
    moved = replace(batch, lq=torch.rand(batch.lq.shape, generator=torch.Generator().manual_seed(0)))
    asking.at_most = 3
    people.asked.clear()
    assert words_of(source, moved)[:2] == ["asked", "waiting"]
    assert batch.pair_ids[0] in people.asked


@pytest.mark.parametrize("targets", [(), (PERSONS,)])
def test_an_answer_takes_the_place_of_what_was_found(batch, tmp_path, asking, people, targets):
    """Also when it names nothing to mend: then it is the preset that guides, and nobody is asked again."""
    source = source_for(batch, tmp_path, 0, reuse_similarity=0.9, questions=asking)
    people.coming = [Answer(batch.pair_ids[0], picture_of(batch, 0, tmp_path), targets)]
    assert source.find(batch.lq, batch)[0].targets == (targets or (PRESET,))
    assert batch.pair_ids[0] not in people.asked


def test_nobody_is_asked_about_an_image_that_was_praised_earlier(batch, tmp_path, asking, people):
    pair_id = batch.pair_ids[0]
    looked_at = {pair_id: [replace(PRESET, sample_id="s")]}
    source = WordSource(looked_at, {"s": picture_of(batch, 0, tmp_path)}, [PRESET], 0.9, asking)
    assert words_of(source, batch)[:2] == ["preset", "asked"]

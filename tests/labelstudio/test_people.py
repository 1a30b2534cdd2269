"""People's comments on pictures that are still, or no longer, those of their samples."""

import pandas as pd
import pytest

from tests.labelstudio.test_results import answer, choice, task, words
from wordmend.files import sha256_of
from wordmend.labelstudio.people import people_comments, with_annotated_samples
from wordmend.labelstudio.pictures import PICTURES, name_of
from wordmend.samples.quality_samples import SAMPLE_COLUMNS

SAMPLE = "coins-0001.restored"


@pytest.fixture
def data(tmp_path):
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "a.png").write_bytes(b"as it is now")
    pictures = tmp_path / "01_raw" / "annotations" / "pictures"
    pictures.mkdir(parents=True)
    return tmp_path


@pytest.fixture
def samples():
    rows = [(SAMPLE, "coins-0001", "coins", "validation", "restored", "restored/a.png", None)]
    return pd.DataFrame(rows, columns=SAMPLE_COLUMNS).astype({"last_trained": "Int64"})


def asked_about(data, content: bytes, *results, sample_id=SAMPLE, **changes):
    """A task about a picture with that content, which was kept when it was asked about."""
    (data / "x.png").write_bytes(content)
    sha256 = sha256_of(data / "x.png")
    (data / "01_raw" / "annotations" / PICTURES / name_of(sha256)).write_bytes(content)
    values = {"image_sha256": sha256, "sample_id": sample_id, "annotations": [answer(*results)], **changes}
    return task().model_copy(update=values)


def read(data, samples, tasks, language):
    with_them = with_annotated_samples(samples, tasks, data, data / "01_raw" / "annotations")
    return with_them, *people_comments(tasks, with_them, data, language)


def test_words_about_the_picture_of_a_sample_are_about_the_sample(data, samples, language):
    asked = asked_about(data, b"as it is now", words("the hair is not clear"))
    with_them, comments, notes = read(data, samples, [asked], language)
    assert with_them.equals(samples)
    assert list(comments["sample_id"]) == [SAMPLE]
    assert list(notes["status"]) == ["commented"]


def test_a_picture_that_has_changed_since_is_a_sample_of_its_own(data, samples, language):
    asked = asked_about(data, b"as it was", words("the hair is not clear"))
    with_them, comments, _ = read(data, samples, [asked], language)
    own = with_them.iloc[1]
    assert own["sample_id"] == f"{SAMPLE}@{asked.image_sha256[:8]}"
    assert (own["pair_id"], own["split"], own["kind"]) == ("coins-0001", "validation", "restored")
    assert (data / own["image_path"]).read_bytes() == b"as it was"
    assert list(comments["sample_id"]) == [own["sample_id"]]
    assert with_them["last_trained"].dtype == "Int64"


def test_a_commented_picture_stays_a_sample_when_the_mix_leaves_it_out(data, samples, language):
    asked = asked_about(data, b"as it is now", words("the hair is not clear"), sample_id="coins-0001.lq")
    with_them, comments, _ = read(data, samples, [asked], language)
    name = f"coins-0001.lq@{asked.image_sha256[:8]}"
    assert list(with_them["sample_id"]) == [SAMPLE, name]
    assert list(comments["sample_id"]) == [name]


def test_two_pictures_of_a_sample_that_the_mix_leaves_out_are_two_samples(data, samples, language):
    tasks = [
        asked_about(data, content, words(text), sample_id="coins-0002.restored", task_id=number)
        for number, (content, text) in enumerate(
            [(b"earlier", "the hair is not clear"), (b"later", "there is too much noise")]
        )
    ]
    with_them, comments, notes = read(data, samples, tasks, language)
    assert len(with_them) == 3
    assert list(notes["status"]) == ["commented", "commented"]
    assert comments["sample_id"].nunique() == 2


@pytest.mark.parametrize("gone", ["picture", "pair"])
def test_what_was_said_about_a_picture_that_is_gone_is_told_of(data, samples, language, gone):
    changes = {"pair_id": "unknown-0001"} if gone == "pair" else {}
    asked = asked_about(data, b"as it was", words("the hair is not clear"), **changes)
    if gone == "picture":
        (data / "01_raw" / "annotations" / PICTURES / name_of(asked.image_sha256)).unlink()
    with_them, comments, notes = read(data, samples, [asked], language)
    assert len(with_them) == 1
    assert comments.empty  # the sample is there, but it is another picture by now
    assert list(notes["status"]) == ["nothing said", "asks"]


def test_skipped_tasks_are_kept_as_skipped_and_people_apart(data, samples, language):
    other = answer(choice("verdict", "nothing")).model_copy(update={"annotator": "bob@example.org"})
    skipped = answer(skipped=True).model_copy(update={"annotator": "eve@example.org"})
    asked = asked_about(data, b"as it is now", words("the hair is not clear"))
    asked = asked.model_copy(update={"annotations": [*asked.annotations, other, skipped]})
    _, comments, notes = read(data, samples, [asked], language)
    assert list(notes["status"]) == ["commented", "commented", "skipped"]
    assert comments.groupby("annotator").size().to_dict() == {"ada@example.org": 1, "bob@example.org": 4}

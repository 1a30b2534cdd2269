"""People's comments from their annotations, and what there is to know about them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from wordmend.comments.entry import Entry
from wordmend.comments.language import QualityLanguage
from wordmend.comments.table import entries_to_table
from wordmend.files import sha256_of
from wordmend.labelstudio.annotations import AnnotatedTask
from wordmend.labelstudio.pictures import PICTURES, name_of
from wordmend.labelstudio.results import Problem, entries_of
from wordmend.progress import progress
from wordmend.samples.quality_samples import picture_paths

NOTE_COLUMNS = ["task_id", "sample_id", "annotator", "status", "comments", "seconds", "note"]


def with_annotated_samples(
    samples: pd.DataFrame, tasks: Sequence[AnnotatedTask], data_folder: Path, annotations_folder: Path
) -> pd.DataFrame:
    """The quality samples' table with a row for every picture that was commented on.

    A picture that isn't that of its sample in the table, because the restorer was trained anew or the mix
    leaves it out, is a sample of its own, `<sample_id>@<hash>`: what was said of it still holds of it.
    """
    paths = picture_paths(samples, data_folder)
    split_of = dict(zip(samples["pair_id"], samples["split"], strict=True))
    photo_of = dict(zip(samples["pair_id"], samples["photo"], strict=True))
    hashes: dict[str, str] = {}
    rows = {}
    for task in tasks:
        if not any(not annotation.skipped for annotation in task.annotations):
            continue
        path = paths.get(task.sample_id)
        if path is not None and task.sample_id not in hashes and path.is_file():
            hashes[task.sample_id] = sha256_of(path)
        if hashes.get(task.sample_id) == task.image_sha256:
            continue
        picture = annotations_folder / PICTURES / name_of(task.image_sha256)
        if not picture.is_file() or (task.pair_id is not None and task.pair_id not in split_of):
            continue  # told of where the annotations are read
        name = own_name(task)
        rows[name] = {
            "sample_id": name,
            "pair_id": task.pair_id,
            "photo": photo_of.get(task.pair_id, task.sample_id),
            "split": split_of.get(task.pair_id, "train"),
            "kind": task.kind,
            "image_path": picture.resolve().relative_to(data_folder.resolve()).as_posix(),
            "last_trained": None,
        }
    if not rows:
        return samples
    added = pd.DataFrame(list(rows.values()), columns=samples.columns).astype({"last_trained": "Int64"})
    return pd.concat([samples, added], ignore_index=True)


def people_comments(
    tasks: Sequence[AnnotatedTask], samples: pd.DataFrame, data_folder: Path, language: QualityLanguage
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The comments table of what people said, and notes on every annotation.

    Args:
        tasks: the annotations.
        samples: the quality samples' table, with what was annotated.
        data_folder: what its relative image paths start from.
        language: reads and turns the words.

    Returns:
        Comments, and `NOTE_COLUMNS`: one row an annotation (status `commented`, `nothing said` or `skipped`)
        and one for each part of it that no comment could be made of (status `asks`), with the reason.
    """
    paths = picture_paths(samples, data_folder)
    entries: list[Entry] = []
    notes: list[tuple[object, ...]] = []
    for task in progress(tasks, "reading what people said", unit="task"):
        name = own_name(task) if own_name(task) in paths else task.sample_id
        path = paths.get(name)
        is_there = path is not None and path.is_file() and sha256_of(path) == task.image_sha256
        for annotation in task.annotations:
            if not is_there and not annotation.skipped:
                found: list[Entry] = []
                problems = [
                    Problem(
                        task.task_id, annotation.annotator, "the pair or the picture is not there any more"
                    )
                ]
            else:
                found, problems = entries_of(task, annotation, name, language)
            entries += found
            status = "skipped" if annotation.skipped else "commented" if found else "nothing said"
            notes.append(
                (task.task_id, name, annotation.annotator, status, len(found), annotation.lead_time, "")
            )
            notes += [
                (task.task_id, name, problem.annotator, "asks", 0, None, problem.reason)
                for problem in problems
            ]
    unique = {entry.comment_id: entry for entry in entries}
    return entries_to_table(unique.values()), pd.DataFrame(notes, columns=NOTE_COLUMNS)


def problems_in(notes: pd.DataFrame) -> Iterator[str]:
    """What needs a person's look, in words."""
    for row in notes[notes["status"] == "asks"].itertuples():
        yield f"task {row.task_id}, {row.annotator}: {row.note}"


def own_name(task: AnnotatedTask) -> str:
    """What a picture that isn't that of its sample is called."""
    return f"{task.sample_id}@{task.image_sha256[:8]}"

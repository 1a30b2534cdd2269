"""What a person answered on the page, read into comments."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wordmend.comments.entry import DIMENSIONS, Dimension, Entry, Region, comment_id_of
from wordmend.comments.language import QualityLanguage
from wordmend.errors import WordmendError
from wordmend.labelstudio.annotations import AnnotatedTask, Annotation
from wordmend.labelstudio.labelling_config import DEFECTS, MEANING, REGION, REGION_WORDS, VERDICT, WORDS

Result = dict[str, Any]

NAMED: tuple[Dimension, ...] = tuple(dimension for dimension in DIMENSIONS if dimension != "other")
"""What a person who has nothing to object praises."""


@dataclass(frozen=True)
class Problem:
    """Something in an annotation that no comment could be made of."""

    task_id: int
    annotator: str
    reason: str


@dataclass(frozen=True)
class _Area:
    """A rectangle on the page: where, about what, in which words."""

    region: Region
    dimension: Dimension
    words: tuple[str, ...]


def entries_of(
    task: AnnotatedTask, annotation: Annotation, sample_id: str, language: QualityLanguage
) -> tuple[list[Entry], list[Problem]]:
    """The comments of one annotation, and what could not be read.

    - A region with words is about its dimension in these words, one without in words of the lexicon.
    - A chosen defect is the lexicon's words for it, about the whole picture.
    - "Nothing to object" praises every dimension in which nothing else was named.
    - A suggestion that was left as it was is a measured comment still; one that was taken away, without
      anything else being said about its dimension, says that the defect is not there.

    Args:
        task: what was asked.
        annotation: the answer; a skipped one has no comments.
        sample_id: what the picture is called now.
        language: reads and turns the words.
    """
    if annotation.skipped:
        return [], []
    reader = _Reader(task, annotation, sample_id, language)
    return reader.read(), reader.problems


class _Reader:
    def __init__(
        self, task: AnnotatedTask, annotation: Annotation, sample_id: str, language: QualityLanguage
    ) -> None:
        self.task = task
        self.annotation = annotation
        self.sample_id = sample_id
        self.language = language
        self.problems: list[Problem] = []

    def read(self) -> list[Entry]:
        results = [result for result in self.annotation.result if isinstance(result, dict)]
        conforms = self._meaning(results)
        entries: list[Entry] = []
        for area in self._areas(results):
            entries += self._said(area.words, area.region, area.dimension, conforms)
            if not area.words:
                entries.append(self._lexicon_entry(area.dimension, area.region, defect=True))
        for dimension in _choices([r for r in results if not _left_as_suggested(r)], DEFECTS):
            if dimension in NAMED:
                entries.append(self._lexicon_entry(dimension, None, defect=True))
        entries += self._said(_texts(results, WORDS), None, None, conforms)
        named = {entry.dimension for entry in entries}
        if "nothing" in _choices(results, VERDICT):
            entries += [self._lexicon_entry(d, None, defect=False) for d in NAMED if d not in named]
        else:
            entries += [e for e in self._rejections(results) if e.dimension not in named]
        return list({entry.comment_id: entry for entry in entries}.values())

    def _areas(self, results: list[Result]) -> Iterator[_Area]:
        """Regions of the picture itself, without suggestions; those drawn on other pages are told of."""
        by_id: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            if result.get("from_name") in (REGION, REGION_WORDS):
                by_id[str(result.get("id"))].append(result)
        for parts in by_id.values():
            if all(_left_as_suggested(part) for part in parts):
                continue
            try:
                area = _area(parts)
            except (KeyError, TypeError, ValueError, WordmendError) as error:
                self._problem(f"a region can't be read ({error})")
                continue
            if isinstance(area, str):
                self._problem(area)
            else:
                yield area

    def _said(
        self, texts: tuple[str, ...], region: Region | None, dimension: Dimension | None, conforms: int | None
    ) -> list[Entry]:
        entries: list[Entry] = []
        for text in texts:
            try:
                entries += self.language.entries_from_text(
                    text,
                    sample_id=self.sample_id,
                    pair_id=self.task.pair_id,
                    kind=self.task.kind,
                    region=region,
                    dimension=None if dimension == "other" else dimension,
                    conforms=conforms,
                    annotator=self.annotation.annotator,
                    created_at=self.annotation.created_at,
                )
            except WordmendError as error:
                self._problem(str(error))
        return entries

    def _lexicon_entry(self, dimension: Dimension, region: Region | None, defect: bool) -> Entry:
        subject = "area" if region is not None else self.language.lexicon.phrases.subjects[0]
        pair = self.language.phrase_pairs(dimension)[0].filled(subject)
        text, opposite = (pair.defect, pair.good) if defect else (pair.good, pair.defect)
        annotator = self.annotation.annotator
        return Entry(
            comment_id=comment_id_of(
                self.sample_id, text, dimension, region, source="person", annotator=annotator
            ),
            sample_id=self.sample_id,
            pair_id=self.task.pair_id,
            kind=self.task.kind,
            text=text,
            opposite=opposite,
            dimension=dimension,
            region=region,
            conforms=1,
            source="person",
            annotator=annotator,
            created_at=self.annotation.created_at,
        )

    def _rejections(self, results: list[Result]) -> list[Entry]:
        """What takes the place of suggestions that the person took away."""
        kept = {str(result.get("id")) for result in results if result.get("from_name") == REGION}
        removed = [
            result
            for result in self.task.suggestions
            if result.get("from_name") == REGION and str(result.get("id")) not in kept
        ]
        entries = []
        for result in removed:
            try:
                area = _area([result])
            except (KeyError, TypeError, ValueError, WordmendError):
                continue
            if not isinstance(area, str) and area.dimension in NAMED:
                entries.append(self._lexicon_entry(area.dimension, area.region, defect=False))
        chosen = _choices(results, DEFECTS)
        for dimension in _choices(self.task.suggestions, DEFECTS):
            if dimension in NAMED and dimension not in chosen:
                entries.append(self._lexicon_entry(dimension, None, defect=False))
        return entries

    def _meaning(self, results: list[Result]) -> int | None:
        """What the person said of the class of the words; None: it is found from the words."""
        chosen = _choices(results, MEANING)
        return {"as_it_is": 1, "as_wanted": 0}.get(chosen[0]) if chosen else None

    def _problem(self, reason: str) -> None:
        self.problems.append(Problem(self.task.task_id, self.annotation.annotator, reason))


def _left_as_suggested(result: Result) -> bool:
    return result.get("origin") == "prediction"


def _area(parts: list[Result]) -> _Area | str:
    """The rectangle that the parts of one id make up, or why there is none."""
    boxes = [part for part in parts if part.get("from_name") == REGION]
    if not boxes:
        return "words for a region without a rectangle"
    box = boxes[0]
    page = box.get("item_index") or 0
    if page != 0:
        return f"a region on page {int(page) + 1}: only those on the first page, the picture itself, are read"
    dimension = str((box["value"].get("rectanglelabels") or ["other"])[0])
    if dimension not in DIMENSIONS:
        return f"a region with the unknown label {dimension[:40]!r}"
    region = _pixels(box)
    if region is None:
        return "a region outside of the picture"
    return _Area(region, dimension, _texts(parts, REGION_WORDS))


def _pixels(result: Result) -> Region | None:
    """A rectangle in percent as whole pixels, cut off at the borders; None where nothing is left."""
    width, height = int(result["original_width"]), int(result["original_height"])
    value = result["value"]
    x, y, w, h = (float(value[name]) for name in ("x", "y", "width", "height"))
    left, right = (min(width, max(0, round(width * edge / 100))) for edge in (x, x + w))
    top, bottom = (min(height, max(0, round(height * edge / 100))) for edge in (y, y + h))
    if right <= left or bottom <= top:
        return None
    return Region(left, top, right - left, bottom - top)


def _choices(results: list[Result], name: str) -> list[str]:
    return [
        str(choice)
        for result in results
        if result.get("from_name") == name and isinstance(result.get("value"), dict)
        for choice in result["value"].get("choices") or []
    ]


def _texts(results: list[Result], name: str) -> tuple[str, ...]:
    texts = []
    for result in results:
        if result.get("from_name") == name and isinstance(result.get("value"), dict):
            said = result["value"].get("text") or []
            texts += [said] if isinstance(said, str) else [str(text) for text in said]
    return tuple(text for text in texts if text.strip())

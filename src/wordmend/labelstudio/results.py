"""What a person answered on the page, read into comments."""

from dataclasses import dataclass

from wordmend.comments.entry import DIMENSIONS, Dimension, Entry, Region, comment_id_of
from wordmend.comments.language import QualityLanguage
from wordmend.errors import WordmendError
from wordmend.labelstudio.annotations import AnnotatedTask, Annotation
from wordmend.labelstudio.answers import Part, area_of, areas_of, choices_of, parts_of, texts_of
from wordmend.labelstudio.labelling_config import DEFECTS, MEANING, REGION, VERDICT, WORDS

NAMED: tuple[Dimension, ...] = tuple(dimension for dimension in DIMENSIONS if dimension != "other")
"""What a person who has nothing to object praises."""
_CLASSES = {"as_it_is": 1, "as_wanted": 0}


@dataclass(frozen=True)
class Problem:
    """Something in an annotation that no comment could be made of."""

    task_id: int
    annotator: str
    reason: str


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
        parts = []
        for part in parts_of(self.annotation.result):
            if isinstance(part, str):
                self._problem(part)
            else:
                parts.append(part)
        chosen = choices_of(parts, MEANING)
        conforms = _CLASSES.get(chosen[0]) if chosen else None  # None: the words tell
        entries: list[Entry] = []
        for area in areas_of(parts):
            if isinstance(area, str):
                self._problem(area)
            elif area.words:
                entries += self._said(area.words, area.region, area.dimension, conforms)
            else:
                entries.append(self._lexicon_entry(area.dimension, area.region, defect=True))
        touched = [part for part in parts if not part.left_as_suggested]
        for dimension in NAMED:
            if dimension in choices_of(touched, DEFECTS):
                entries.append(self._lexicon_entry(dimension, None, defect=True))
        entries += self._said(texts_of(parts, WORDS), None, None, conforms)
        named = {entry.dimension for entry in entries}
        if "nothing" in choices_of(parts, VERDICT):
            entries += [self._lexicon_entry(d, None, defect=False) for d in NAMED if d not in named]
        else:
            entries += [entry for entry in self._denials(parts) if entry.dimension not in named]
        return list({entry.comment_id: entry for entry in entries}.values())

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

    def _denials(self, parts: list[Part]) -> list[Entry]:
        """What takes the place of suggestions that the person took away."""
        kept = {part.id for part in parts}
        suggested = [part for part in parts_of(self.task.suggestions) if isinstance(part, Part)]
        areas = [area_of([part]) for part in suggested if part.from_name == REGION and part.id not in kept]
        return [
            self._lexicon_entry(area.dimension, area.region, defect=False)
            for area in areas
            if not isinstance(area, str) and area.dimension in NAMED
        ]

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

    def _problem(self, reason: str) -> None:
        problem = Problem(self.task.task_id, self.annotation.annotator, reason)
        if problem not in self.problems:
            self.problems.append(problem)

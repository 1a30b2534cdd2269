"""People who are asked in Label Studio while stage 2 trains (M14)."""

import logging
import tempfile
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self

from wordmend.comments.config import WordsConfig
from wordmend.comments.language import QualityLanguage
from wordmend.comments.words import target_texts
from wordmend.files import sha256_of
from wordmend.images.channels import FloatImage
from wordmend.images.writing import write_image
from wordmend.labelstudio.annotations import AnnotatedTask
from wordmend.labelstudio.board import Board
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer, explained
from wordmend.labelstudio.fetching import ProjectReader
from wordmend.labelstudio.labelling_config import labelling_config
from wordmend.labelstudio.people import own_name
from wordmend.labelstudio.pictures import PICTURES, lay_by_hash, name_of
from wordmend.labelstudio.results import entries_of
from wordmend.labelstudio.tasks import Question, task_of
from wordmend.pairs.library import PairLibrary
from wordmend.training.people import Answer, People, Shown

logger = logging.getLogger(__name__)

TITLE_SUFFIX = " live"
"""The project of live questions is called as that of comments, with this behind it."""

_POLL = 1.0  # seconds between two looks at the server
_LEAVE = 10.0  # seconds that the end of the training waits for what is on its way


Said = tuple[str, bool, list[dict[str, Any]]]
"""Who answered, whether by skipping the task, and the result."""


@dataclass
class _Watched:
    """A project that is looked at for answers."""

    reader: ProjectReader
    since: datetime | None
    heard: dict[int, list[Said]] = field(default_factory=dict)
    """What was said of a task when it was last heard: the server also touches tasks of which nothing new is
    said, such as a moment after an answer."""


class LivePeople(People):
    """People in front of Label Studio. A thread of its own talks to the server; the training never waits.

    Where the server fails, the training goes on without people until it is back.

    Args:
        board: where questions are put up.
        watched: projects whose answers count.
        pairs: what is asked about.
        pictures: files of the quality samples, by which it is known what a commented picture is called.
        annotations_folder: keeps the pictures that are asked about.
        language: reads the words.
        words: which of them guide.
    """

    def __init__(
        self,
        board: Board,
        watched: list[_Watched],
        pairs: PairLibrary,
        pictures: Mapping[str, Path],
        annotations_folder: Path,
        language: QualityLanguage,
        words: WordsConfig,
    ) -> None:
        self.board = board
        self.watched = watched
        self.pairs = pairs
        self.files = pairs.table.set_index("pair_id")[["lq_path", "gt_path"]]
        self.pictures = pictures
        self.folder = annotations_folder / PICTURES
        self.language = language
        self.words = words.model_copy(update={"use_preset": False})
        self.asked = self.answered = 0
        self._questions: deque[tuple[str, FloatImage]] = deque()
        self._news: SimpleQueue[Shown | Answer] = SimpleQueue()
        self._wake, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="live people", daemon=True)

    @classmethod
    def open(
        cls,
        server: LabelStudioServer,
        pairs: PairLibrary,
        pictures: Mapping[str, Path],
        annotations_folder: Path,
        language: QualityLanguage,
        words: WordsConfig,
        config: AnnotationExportConfig,
    ) -> Self:
        """Open the project of live questions, without those that nobody answered in an earlier training.

        Raises:
            LabelStudioError: the server isn't there or refuses.
        """
        title = config.project + TITLE_SUFFIX
        board = Board.open(server, title, labelling_config(), annotations_folder, config)
        board.take_down_unanswered()
        with explained(server, "look who has answered"):
            live = ProjectReader.find(server, board.client, title)
            comments = ProjectReader.find(server, board.client, config.project)
            watched = [_Watched(live, None)] if live is not None else []
            if comments is not None:  # its answers up to now were imported, or are left out on purpose
                watched.append(_Watched(comments, comments.newest()))
        people = cls(board, watched, pairs, pictures, annotations_folder, language, words)
        people._look()
        people.answered = 0  # those are of earlier trainings
        return people

    def __enter__(self) -> Self:
        logger.info("people are asked while stage 2 trains: %s?labeling=1", self.board.url)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._wake.set()
        self._thread.join(_LEAVE)
        logger.info(
            "people were asked about %d images and answered %d times; "
            "`kedro run --pipelines=annotation_import` keeps what they said",
            self.asked,
            self.answered,
        )

    def ask(self, pair_id: str, restored: FloatImage) -> None:
        """Hand a question to the thread."""
        self._questions.append((pair_id, restored))
        self._wake.set()

    def news(self) -> list[Shown | Answer]:
        """What the thread has found."""
        found = []
        while True:
            try:
                found.append(self._news.get_nowait())
            except Empty:
                return found

    def _work(self) -> None:
        in_trouble = False
        while not self._ended.is_set():
            try:
                while self._questions and not self._ended.is_set():
                    self._put_up(*self._questions[0])
                    self._questions.popleft()
                self._look()
                if in_trouble:
                    logger.warning("%s is back: people are asked again", self.board.server.url)
                in_trouble = False
            except Exception as error:  # whatever it is, the training goes on
                if not in_trouble:
                    logger.warning("%s. The training goes on, with the preset until it is back.", error)
                in_trouble = True
            self._wake.wait(_POLL)
            self._wake.clear()

    def _put_up(self, pair_id: str, restored: FloatImage) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "restored.png"
            write_image(path, restored)
            picture = lay_by_hash(path, self.folder)
        lq, gt = (self.pairs.folder / str(path) for path in self.files.loc[pair_id])
        height, width = restored.shape[:2]
        question = Question(f"{pair_id}.restored", pair_id, "restored", picture, lq, gt, width, height, ())
        self.board.put_up([task_of(question, self.board.address)])
        self.asked += 1
        self._news.put(Shown(pair_id))

    def _look(self) -> None:
        with explained(self.board.server, "look who has answered"):
            for project in self.watched:
                for task in project.reader.changed(project.since):
                    if isinstance(task, str):
                        continue  # told of when annotations are imported
                    project.since = max(filter(None, (project.since, task.updated_at)))
                    said = [(one.annotator, one.skipped, one.result) for one in task.annotations]
                    if said != project.heard.get(task.task_id, []):
                        project.heard[task.task_id] = said
                        self._hear(task)

    def _hear(self, task: AnnotatedTask) -> None:
        picture = self.folder / name_of(task.image_sha256)
        pair_id = task.pair_id
        if task.kind != "restored" or pair_id is None or pair_id not in self.files.index:
            return
        if not picture.is_file():
            logger.warning("what was said of %s can't be used: %s is not there", pair_id, picture)
            return
        listed = self.pictures.get(task.sample_id)
        is_listed = listed is not None and listed.is_file() and sha256_of(listed) == task.image_sha256
        name = task.sample_id if is_listed else own_name(task)
        entries = []
        for annotation in task.annotations:
            found, problems = entries_of(task, annotation, name, self.language)
            entries += found
            for problem in problems:
                logger.warning("%s, %s: %s", task.sample_id, annotation.annotator, problem.reason)
        targets = target_texts(pair_id, entries, self.language, self.words)
        self.answered += 1
        said = ", ".join(repr(target.text) for target in targets) or "nothing to mend"
        logger.info("a person wants of %s: %s", pair_id, said)
        self._news.put(Answer(pair_id, picture, tuple(targets)))

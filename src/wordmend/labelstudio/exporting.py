"""Tasks out: samples are put up until as many as set wait for an answer; nothing is asked twice."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wordmend.labelstudio.board import Board, Key
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer
from wordmend.labelstudio.labelling_config import labelling_config
from wordmend.labelstudio.pictures import PICTURES, lay_by_hash
from wordmend.labelstudio.tasks import Question, task_of


@dataclass(frozen=True)
class Export:
    """What an export did."""

    url: str
    """Where people comment."""
    project_id: int
    put_up: list[str]
    """Samples that were put up as tasks."""
    waiting: int
    """Tasks that nobody has answered yet, with those."""

    def as_dict(self) -> dict[str, Any]:
        """For the catalog."""
        return asdict(self)


def export_questions(
    server: LabelStudioServer,
    questions: Callable[[set[Key], int], Sequence[Question]],
    annotations_folder: Path,
    config: AnnotationExportConfig,
) -> Export:
    """Put up tasks in the project, which is made or brought up to date.

    Args:
        server: where.
        questions: gives, for what was asked already and a number, at most so many questions.
        annotations_folder: keeps a copy of every picture that is asked about, as restored images change.
        config: project, number of tasks, how pictures travel.

    Raises:
        LabelStudioError: the server isn't there, refuses, or fails again and again; what was put up stays.
    """
    board = Board.open(server, config.project, labelling_config(), annotations_folder, config)
    asked, waiting = board.there()
    chosen = list(questions(asked, max(0, config.samples - waiting)))

    def kept_task_of(question: Question) -> dict[str, Any]:
        lay_by_hash(question.picture, annotations_folder / PICTURES)
        return task_of(question, board.address)

    board.put_up_all(chosen, kept_task_of)
    put_up = [question.sample_id for question in chosen]
    return Export(board.url, board.project_id, put_up, waiting + len(chosen))

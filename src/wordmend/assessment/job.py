"""Assessing a person's pictures: a table, a page, and an error that names what could not be read."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wordmend.assessment.assess import assess_images
from wordmend.assessment.config import AssessConfig
from wordmend.assessment.gallery import Gallery
from wordmend.assessment.masks import MASKS_NAME, check_masks_differ, write_masks
from wordmend.assessment.page import PAGE_NAME, render_page
from wordmend.assessment.scoring import with_opposites
from wordmend.assessment.table import assessed_row, assessment_table, write_table
from wordmend.assessment.words import words_of
from wordmend.comments.language import QualityLanguage
from wordmend.config import given_paths, nearest_name
from wordmend.devices import torch_device
from wordmend.errors import ImageError, ParameterError, WeightsError, WordmendError
from wordmend.files import atomic_path
from wordmend.images.channels import FloatImage
from wordmend.images.photos import given_pictures
from wordmend.images.reading import read_image
from wordmend.progress import progress
from wordmend.quality.model import QualityModel
from wordmend.quality.weights import load_quality_model

logger = logging.getLogger(__name__)

QUALITY_MODELS = ("quality", "judge", "stage1_quality")
"""Quality models in the models' folder."""


@dataclass(frozen=True)
class AssessReport:
    """What `assess_folder` found."""

    table: pd.DataFrame
    """See `assessment_table`."""
    page: str
    """HTML."""
    problems: dict[str, str]
    """Pictures that could not be assessed, with the reasons."""


def assess_pictures(models_folder: Path, config: AssessConfig, language: QualityLanguage) -> AssessReport:
    """Assess `config.input` with the quality model; table, page and masks go into `config.output`.

    Args:
        models_folder: holds the folders of `QUALITY_MODELS`.
        config: what, where to, how.
        language: for opposites and places.

    Raises:
        ParameterError: input or output are not given, the output is a file, or two pictures would have one
            mask.
        WeightsError: there is no quality model of that name.
        PhotosError: there are no pictures.
        WordmendError: some pictures could not be read; names each. All else is written.
    """
    source, folder = given_paths("assess", config.input, config.output)
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"assess.output {folder} is a file; give a folder for the table and the page")
    device = torch_device(config.device)
    model = load_quality_model(_folder_of(config.weights, models_folder)).to(device)
    report = assess_folder(model, source, config, language, folder / MASKS_NAME if config.masks else None)
    write_table(folder, report.table)
    with atomic_path(folder / PAGE_NAME) as path:
        path.write_text(report.page, encoding="utf-8")
    logger.info("%d pictures assessed: %s", len(report.table) - len(report.problems), folder / PAGE_NAME)
    if report.problems:
        listed = "\n".join(f"  {name}: {reason}" for name, reason in report.problems.items())
        raise WordmendError(
            f"{len(report.problems)} pictures could not be assessed (the others are in {folder}):\n{listed}"
        )
    return report


def _folder_of(weights: str, models_folder: Path) -> Path:
    """Where a quality model lies that a person named."""
    if weights in QUALITY_MODELS:
        return models_folder / weights
    folder = Path(weights)
    if not folder.is_dir():
        raise WeightsError(
            f"assess.weights {weights!r}: there is no such folder of a quality model"
            f"{nearest_name(weights, list(QUALITY_MODELS))}"
        )
    return folder


def assess_folder(
    model: QualityModel,
    input_path: Path,
    config: AssessConfig,
    language: QualityLanguage,
    masks: Path | None = None,
) -> AssessReport:
    """Assess a picture, or all pictures in and below a folder. Nothing is written but masks.

    Args:
        model: on its device.
        input_path: a picture or a folder.
        config: how; its `input`, `output` and `device` are not looked at.
        language: for opposites and places.
        masks: folder for masks; None: none are written.

    Raises:
        ParameterError: two pictures would have one mask.
        PhotosError: the input doesn't exist or has no pictures.
        LanguageError: a wanted text can't be turned round, or tells of a defect.
    """
    files, rejected = given_pictures(input_path)
    if masks is not None:
        check_masks_differ([name for name, _ in files])
    texts = with_opposites(config.texts, language)
    problems = {_printable(path.relative_to(input_path)): reason for path, reason in rejected}
    reader = _Reader(files, problems)
    gallery = Gallery(config.thumbnails, config.thumbnail_side)
    rows: list[dict[str, Any]] = []
    for assessment in assess_images(model, reader.images(), config, language):
        name, image = reader.read.popleft()
        words = words_of(assessment, texts, language, config.limit)
        rows.append(assessed_row(name, assessment, words))
        gallery.add(name, image, assessment, words)
        if masks is not None:
            write_masks(masks, name, assessment, config.limit)
    return AssessReport(
        table=assessment_table(rows, problems, list(texts)),
        page=render_page(gallery.cards, len(rows), problems, texts, config.limit),
        problems=problems,
    )


def _printable(path: Path) -> str:
    """The name of a file, whatever bytes it is of, as a table can store it."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


class _Reader:
    """Reads pictures one after the other; those that can't be read are noted and passed over."""

    def __init__(self, files: Sequence[tuple[str, Path]], problems: dict[str, str]) -> None:
        self.files = files
        self.problems = problems
        self.read: deque[tuple[str, FloatImage]] = deque()
        """Names and pictures that were handed out and not yet taken from here."""

    def images(self) -> Iterator[FloatImage]:
        """The pictures that can be read."""
        for name, path in progress(self.files, "assessing", unit="picture"):
            try:
                image = read_image(path)
            except (ImageError, OSError, MemoryError) as error:
                self.problems[name] = str(error) or type(error).__name__
            else:
                self.read.append((name, image))
                yield image

"""Parameters of the pipelines annotation_export and annotation_import."""

from typing import Literal

from pydantic import Field, model_validator

from wordmend.config import Config

Split = Literal["train", "validation", "test"]


class AnnotationExportConfig(Config):
    """Which samples people are asked about, and how."""

    project: str = Field("Wordmend", min_length=1, max_length=50)
    """Title of the Label Studio project; it is made where there is none."""
    samples: int = Field(40, ge=1)
    """How many tasks may wait for an answer; so many are put up as are missing."""
    splits: list[Split] = Field(["train"], min_length=1)
    """Splits that samples are taken from."""
    annotators: int = Field(1, ge=1)
    """People who comment on each sample; two or more show how far they agree."""
    judgements: int = Field(20, ge=0)
    """Held-out pairs on which people choose between stage 1, control and stage 2; 0: none."""
    suggest: bool = True
    """Show measured comments as suggestions, marked as such."""
    images: Literal["upload", "local_files"] = "upload"
    """How pictures get to the server: sent to it, or read by it from disk, where it runs on this machine."""
    document_root: str | None = None
    """With local_files: LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT of the server, a folder above data/01_raw."""

    @model_validator(mode="after")
    def _refuse_files_without_root(self) -> "AnnotationExportConfig":
        if self.images == "local_files" and self.document_root is None:
            raise ValueError(
                "images: local_files needs document_root, the folder that the server serves files from"
            )
        return self


class AnnotationImportConfig(Config):
    """Which annotations are brought in."""

    project: str = Field("Wordmend", min_length=1, max_length=50)
    """Title of the Label Studio project."""
    accept_deletions: bool = False
    """Bring in that most of the annotations were deleted on the server, which is refused otherwise."""

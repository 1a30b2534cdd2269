"""The list of what became of each picture, kept beside the results from run to run."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from wordmend.errors import ParameterError
from wordmend.files import atomic_path

MANIFEST_NAME = "manifest.json"

# A killed run loses the records of this many seconds; the pictures themselves are kept and found again.
_WRITE_EVERY = 30.0


@dataclass(frozen=True)
class PictureRecord:
    """What became of one picture or video."""

    input: str
    """The file, relative to the input folder."""
    output: str | None
    """Where its result is or would be, relative to the manifest; None for files that are no input."""
    status: Literal["done", "kept", "failed"]
    """Restored, found there already without a record of it, or not restored."""
    sha256: str | None = None
    """Hash of the input file, hexadecimal; None unless done."""
    seconds: float | None = None
    """Time it took; None unless done."""
    reason: str | None = None
    """Why it failed."""
    weights: str | None = None
    """With what it was restored: what the weights are called, their network and fingerprint, and in MLflow
    their version and run where these are known; None unless done."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """How: the parameters of the restoration that a result depends on."""
    pages: int | None = None
    """Pictures in it, or frames of a video; None unless done."""
    changes: Sequence[str] = ()
    """What of the file the result doesn't have, or has otherwise, in words."""
    differences: Sequence[float] = ()
    """How far each picture in it is from its input: mean absolute difference in [0, 1]; of a video the mean
    of all frames. Empty: not known."""


class Manifest:
    """Records by input picture, in a JSON file: `{"input": folder, "pictures": [record, ...]}`."""

    def __init__(self, path: Path, input_path: Path, records: dict[str, PictureRecord]) -> None:
        self._path = path
        self._input = input_path
        self._records = records
        self._written = time.monotonic()

    @classmethod
    def open(cls, path: Path, input_path: Path) -> "Manifest":
        """Go on with the manifest of an earlier run, or start one.

        Raises:
            ParameterError: there is a file of that name that is no such manifest.
        """
        records: dict[str, PictureRecord] = {}
        if path.exists():
            try:
                pictures = json.loads(path.read_text(encoding="utf-8"))["pictures"]
                records = {picture["input"]: PictureRecord(**picture) for picture in pictures}
            except (OSError, ValueError, TypeError, KeyError) as error:
                raise ParameterError(
                    f"{path}: not a manifest of restored pictures ({error!r}), and it would be overwritten; "
                    "move it away, or give another folder for the results"
                ) from error
        return cls(path, input_path, records)

    @property
    def records(self) -> list[PictureRecord]:
        """All records, sorted by input."""
        return [self._records[name] for name in sorted(self._records)]

    def files_of(self, record: PictureRecord) -> tuple[Path, Path]:
        """Where the input of a record is, and its result."""
        folder = self._input.parent if self._input.is_file() else self._input
        return folder / record.input, self._path.parent / (record.output or "")

    def add(self, record: PictureRecord) -> None:
        """Set the record of a picture."""
        self._records[record.input] = record
        if time.monotonic() - self._written > _WRITE_EVERY:
            self.write()

    def add_kept(self, name: str, output: str) -> None:
        """Note a result that is there already: the record of when it was made stays, if there is one."""
        known = self._records.get(name)
        if known is None or known.status == "failed" or known.output != output:
            self.add(PictureRecord(name, output, "kept"))

    def write(self) -> None:
        """Write the file, sorted by input.

        Raises:
            WordmendError: it can't be written.
        """
        pictures = [asdict(record) for record in self.records]
        content = {"input": str(self._input), "pictures": pictures}
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        with atomic_path(self._path) as path:  # names that are no text come back from JSON as they were
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        self._written = time.monotonic()

"""Checkpoints of a training that is on its way, from which it goes on as if it had never stopped."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wordmend.config import flatten
from wordmend.errors import TrainingError
from wordmend.files import atomic_path, explained_write_errors

_ABOUT = "training.json"
_PREFIX = "step-"


class Checkpoints:
    """The checkpoints of one training, in a folder of its own.

    A checkpoint is a folder that gets its name when it is complete, and only then the one before is removed:
    whenever the process is killed, one is there and whole.

    Args:
        folder: keeps them; another training has another one.
        identity: what the training depends on, as nested plain values; a checkpoint is used for a training of
            the same identity only.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder = folder
        self.identity = json.loads(json.dumps(identity))
        self.notes: dict[str, str] = self._known_notes()

    def newest(self) -> Path | None:
        """The folder of the newest checkpoint; None where there is none.

        Raises:
            TrainingError: it is of another training; names the difference.
        """
        found = self._complete()
        if not found:
            return None
        self._refuse_others()
        return found[-1]

    def note(self, name: str, value: str) -> None:
        """Keep something to be found again when the training goes on."""
        self.notes[name] = value
        self._write_about()

    def write(self, step: int, fill: Callable[[Path], None]) -> None:
        """Write a checkpoint; `fill` puts its files into the folder that it is given.

        Raises:
            WordmendError: it can't be written; the one before stays.
        """
        before = self._complete()
        with explained_write_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            if not (self.folder / _ABOUT).is_file():
                self._write_about()
            staged = Path(tempfile.mkdtemp(dir=self.folder, prefix=".writing-"))
            try:
                fill(staged)
                target = self.folder / f"{_PREFIX}{step:09}"
                if not target.exists():  # else the training ends where it was resumed
                    staged.replace(target)
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        for old in before:
            if old.name != f"{_PREFIX}{step:09}":
                shutil.rmtree(old, ignore_errors=True)
        for unfinished in self.folder.glob(".writing-*"):
            shutil.rmtree(unfinished, ignore_errors=True)

    def clear(self) -> None:
        """Remove them all: the results of the training are saved."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _complete(self) -> list[Path]:
        return sorted(self.folder.glob(f"{_PREFIX}*"))

    def _about(self) -> dict[str, Any] | None:
        path = self.folder / _ABOUT
        if not path.is_file():
            return None
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            return {"identity": dict(about["identity"]), "notes": dict(about["notes"])}
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"{path}: damaged ({error}); delete {self.folder} to start the training anew"
            ) from error

    def _known_notes(self) -> dict[str, str]:
        about = self._about()
        return about["notes"] if about is not None and about["identity"] == self.identity else {}

    def _write_about(self) -> None:
        with atomic_path(self.folder / _ABOUT) as path:
            path.write_text(json.dumps({"identity": self.identity, "notes": self.notes}, indent=1) + "\n")

    def _refuse_others(self) -> None:
        about = self._about()
        before = flatten(about["identity"]) if about is not None else {}
        now = flatten(self.identity)
        differing = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        if differing:
            shown = "; ".join(
                f"{name} was {before.get(name, 'not set')!r} and is {now.get(name, 'not set')!r}"
                for name in differing[:3]
            )
            more = f", and {len(differing) - 3} more" if len(differing) > 3 else ""
            raise TrainingError(
                f"{self.folder}: a training was interrupted there that was another one: {shown}{more}. "
                f"Set that back to go on with it, or delete the folder to start anew"
            )

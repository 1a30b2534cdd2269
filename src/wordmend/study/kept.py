"""What is finished of a study: each thing in a folder of its own, with what it was made of."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from wordmend.config import fingerprint_of
from wordmend.files import staged_folder

_ABOUT = "about.json"


@dataclass(frozen=True)
class Thing:
    """Something to be made: its name (`trained/control`), and all that it depends on, as plain values.

    `size` is what its time grows with: for a training, steps. `before` is what it is made of.
    """

    name: str
    depends_on: Mapping[str, Any]
    size: int = 1
    before: tuple["Thing", ...] = ()

    @property
    def key(self) -> str:
        """Changes when any of what it depends on does."""
        return fingerprint_of(self.depends_on)

    @property
    def kind(self) -> str:
        """The like of it take as long: `trained`, `stage1`."""
        return self.name.split("/")[0]


class Kept:
    """The finished things of one seed, in one folder. A thing under another key is as good as not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, thing: Thing) -> Path:
        """Its folder."""
        return self.folder / thing.name

    def has(self, thing: Thing) -> bool:
        """Whether it is there, made of just this."""
        return _about(self.path(thing)).get("key") == thing.key

    def checkpoints(self, thing: Thing) -> Path:
        """Where a training of it keeps its checkpoints, apart from those of other parameters."""
        return self.folder / "checkpoints" / thing.name / thing.key

    @contextmanager
    def make(self, thing: Thing) -> Iterator[Path]:
        """Give a folder to fill, which takes the thing's place when the block ends well."""
        target, began = self.path(thing), monotonic()
        for unfinished in target.parent.glob(f".{target.name}-*"):  # of a study that was killed
            shutil.rmtree(unfinished)
        with staged_folder(target) as folder:
            yield folder
            about = {"key": thing.key, "seconds": monotonic() - began, "size": thing.size}
            about["depends_on"] = thing.depends_on
            (folder / _ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        self.forget_checkpoints(thing)

    def forget_checkpoints(self, thing: Thing) -> None:
        """Remove those of it, also under other keys."""
        shutil.rmtree(self.checkpoints(thing).parent, ignore_errors=True)

    def seconds_each(self, kind: str) -> float | None:
        """The longest time that one of a kind took, s for each of its size; None: there is none."""
        places = [self.folder / kind, *(self.folder / kind).glob("*")]
        times = [about["seconds"] / about["size"] for about in map(_about, places) if about]
        return max(times, default=None)


def _about(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}

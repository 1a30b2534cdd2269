"""Pages that a person opens: one HTML file each, in one style, with everything in it."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def page_template(path: Path) -> Template:
    """A template, which escapes all texts, and may include those beside it and those of this package."""
    environment = Environment(
        loader=FileSystemLoader([path.parent, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)


@dataclass(frozen=True)
class PageScript:
    """A script that stands in a page, which lets no other one run."""

    text: str
    """JavaScript."""

    @classmethod
    def read(cls, path: Path) -> "PageScript":
        """From a file."""
        return cls(path.read_text(encoding="utf-8"))

    @property
    def source(self) -> str:
        """What the page's Content-Security-Policy allows as `script-src`: `'sha256-...'`."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self.text.encode()).digest()).decode()}'"

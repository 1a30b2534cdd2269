"""The page on which a person compares results with their inputs: one HTML file, without a server."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from wordmend.errors import reason_of
from wordmend.files import atomic_path
from wordmend.images.videos import is_video
from wordmend.pages.template import PageScript, page_template
from wordmend.progress import progress
from wordmend.restoration.comparison import Comparison, compare_files, mean_differences
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.manifest import MANIFEST_NAME, Manifest, PictureRecord

PAGE_NAME = "before_after.html"
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Card:
    """A picture on the page."""

    record: PictureRecord
    """Of its file."""
    comparison: Comparison

    @property
    def name(self) -> str:
        """The file, and which of its pages."""
        pages = len(self.record.differences)
        return self.record.input + (f", page {self.comparison.page + 1} of {pages}" if pages > 1 else "")

    @property
    def link(self) -> str:
        """The result, relative to the page."""
        return quote(os.fsencode(self.record.output or ""))


def write_before_after(input_path: Path, output_dir: Path, config: RestoreConfig) -> Path:
    """Write a page of the results that the manifest in `output_dir` lists, also of earlier runs.

    It shows the pictures that changed most; pages of a file count one by one, videos are left out. How far a
    result is from its input is measured where the manifest doesn't say it, and noted there.

    Args:
        input_path: the picture or the folder that was restored.
        output_dir: holds results and manifest.
        config: how many pictures (`before_after`), what is too large; the others are not looked at.

    Returns:
        Where the page is.

    Raises:
        ParameterError: the manifest is none.
        WordmendError: the page can't be written.
    """
    manifest = Manifest.open(output_dir / MANIFEST_NAME, input_path)
    problems = _measure(manifest, config.max_pixels)
    restored = [record for record in manifest.records if record.status != "failed"]
    results = [record for record in restored if not _is_video(record)]
    ranked = sorted(
        (-difference, record.input, page)
        for record in results
        for page, difference in enumerate(record.differences)
    )
    shown: dict[str, set[int]] = {}
    for _, name, page in ranked[: config.before_after]:
        shown.setdefault(name, set()).add(page)
    cards: list[Card] = []
    for record in progress(
        [each for each in results if each.input in shown], "before and after", unit="file"
    ):
        try:
            found = compare_files(*manifest.files_of(record), shown[record.input], config.max_pixels)
            cards.extend(Card(record, comparison) for comparison in found)
        except Exception as error:  # whatever is wrong with one of them, the others are to be seen
            problems[record.input] = reason_of(error)
    cards.sort(key=lambda card: -card.comparison.difference.mean)
    failed = {record.input: record.reason or "" for record in manifest.records if record.status == "failed"}
    videos = len(restored) - len(results)
    html = render_before_after(cards, len(ranked), failed, problems, videos)
    with atomic_path(output_dir / PAGE_NAME) as path:
        path.write_text(html, encoding="utf-8", errors="backslashreplace")
    return output_dir / PAGE_NAME


def render_before_after(
    cards: Sequence[Card],
    count: int,
    failed: Mapping[str, str],
    problems: Mapping[str, str],
    videos: int = 0,
) -> str:
    """The page as text.

    Args:
        cards: the pictures that are shown, in their order.
        count: of all results that can be compared.
        failed: pictures that could not be restored, with the reasons.
        problems: results that could not be compared, with the reasons.
        videos: how many were restored; they are not on the page.
    """
    return page_template(_FOLDER / "before_after.html.jinja").render(
        cards=cards,
        count=count,
        failed=failed,
        problems=problems,
        videos=videos,
        script=PageScript.read(_FOLDER / "before_after.js"),
    )


def _measure(manifest: Manifest, max_pixels: int) -> dict[str, str]:
    """Note the differences that are not known yet; results that can't be compared, with the reasons."""
    problems: dict[str, str] = {}
    unknown = [
        each
        for each in manifest.records
        if each.status != "failed" and not each.differences and not _is_video(each)
    ]
    for record in progress(unknown, "comparing with the inputs", unit="file"):
        try:
            differences = mean_differences(*manifest.files_of(record), max_pixels)
        except Exception as error:  # as above
            problems[record.input] = reason_of(error)
        else:
            manifest.add(replace(record, differences=differences))
    if unknown:
        manifest.write()
    return problems


def _is_video(record: PictureRecord) -> bool:
    return is_video(PurePosixPath(record.input))

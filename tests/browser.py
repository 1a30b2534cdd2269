"""A real browser that opens a page of the test's own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

FLAGS = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> dict[str, Any]:
    """How the machine's Chromium is started, as Playwright takes it."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": shutil.which("chromium"), "headless": True, "args": [*FLAGS, *root]}


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[Page]:
    """Open an HTML file in a fresh profile; what the page complains about is an error at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium())
        try:
            page = browser.new_page(**options)
            errors: list[str] = []
            page.on("console", lambda message: errors.append(message.text))
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(path.as_uri())
            yield page
            assert errors == []
        finally:
            browser.close()

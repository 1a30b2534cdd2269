"""A person at the page: a real browser that counts what they do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Response, sync_playwright

from tests.browser import chromium
from wordmend.labelstudio.local_server import LocalServer

_SUBMIT = "[data-testid=bottombar-submit-button]"


class Person:
    """Somebody who is logged in; `interactions` counts keys, clicks, strokes of the mouse and typed texts."""

    def __init__(self, page: Page, local: LocalServer) -> None:
        self.page = page
        self.local = local
        self.interactions = 0

    def open_first_task(self, project_id: int) -> None:
        """Start to label: each submission then opens the next task."""
        self.page.goto(f"{self.local.server.url}/projects/{project_id}/data?labeling=1")
        self._ready()

    def press(self, key: str) -> None:
        """Press a key."""
        self.interactions += 1
        self.page.keyboard.press(key)

    def draw(self, left: float, top: float, right: float, bottom: float) -> None:
        """Draw a rectangle on the picture, edges in shares of it; with Ctrl, as frames may be in the way."""
        self.interactions += 1
        box = self.page.locator(".lsf-image").nth(1).bounding_box()
        assert box is not None
        x, y = (box["x"] + box["width"] * left, box["y"] + box["height"] * top)
        self.page.keyboard.down("Control")
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for share in (0.3, 0.6, 1.0):
            self.page.mouse.move(
                x + share * box["width"] * (right - left), y + share * box["height"] * (bottom - top)
            )
        self.page.mouse.up()
        self.page.keyboard.up("Control")
        self.page.wait_for_timeout(500)

    def type_into(self, placeholder: str, text: str) -> None:
        """Click on a field and type."""
        self.interactions += 2
        field = self.page.locator(f'[placeholder^="{placeholder}"]').first
        field.click()
        self.page.keyboard.type(text)

    def choose(self, label: str) -> None:
        """Click on a choice."""
        self.interactions += 1
        self.page.get_by_text(label, exact=False).first.click()

    def submit(self) -> Response:
        """Click on Submit and wait for the next task."""
        self.interactions += 1
        with self.page.expect_response(_is_submission) as waiting:
            self.page.click(_SUBMIT)
        return waiting.value

    def _ready(self) -> None:
        self.page.wait_for_selector(_SUBMIT)
        self.page.wait_for_selector("canvas")
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(1500)  # the page draws regions when it is there already

    def next_task(self) -> int:
        """Wait for the next task; how many interactions the last one took."""
        self.page.wait_for_timeout(500)
        self._ready()
        taken, self.interactions = self.interactions, 0
        return taken


def _is_submission(response: Response) -> bool:
    return response.request.method == "POST" and response.url.split("?")[0].endswith("/annotations")


@contextmanager
def person_at(local: LocalServer, profile: Path) -> Iterator[Person]:
    """Log in with a fresh profile."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            viewport={"width": 1500, "height": 1000},
            **chromium(),
        )
        try:
            page = context.pages[0]
            page.set_default_timeout(90_000)  # others may be at work on the machine
            page.goto(f"{local.server.url}/user/login/")
            page.fill("input[name=email]", local.user)
            page.fill("input[name=password]", local.password)
            page.click("button[type=submit]")
            page.wait_for_url(lambda url: "/user/login" not in url)
            yield Person(page, local)
        finally:
            context.close()

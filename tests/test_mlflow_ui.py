"""A person edits the tag of a run in the MLflow UI."""

from pathlib import Path

import mlflow
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser import chromium
from tests.mlflow_server import mlflow_server, until
from wordmend.mlflow_control import START_TAGS, MlflowControl

SECONDS = 120.0


def edit_tag(page: Page, url: str, name: str, value: str) -> None:
    """Overwrite a tag on the page of a run."""
    page.goto(url)
    page.locator('button[aria-label="Edit tags"]').first.click()
    page.locator("#dubois-select-1").click()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.locator("input[aria-label=Value]").fill(value)
    page.locator('button[aria-label="Add tag"]').click()
    page.get_by_role("button", name="Save tags").click()


@pytest.mark.slow
def test_a_person_stops_a_training_in_the_browser(tmp_path: Path):
    with mlflow_server(tmp_path) as server, sync_playwright() as playwright:
        run = mlflow.MlflowClient(server.url).create_run("0", tags=START_TAGS)
        control = MlflowControl(run.info.run_id, tracking_uri=server.url)
        assert control.wish() == "train"
        browser = playwright.chromium.launch(**chromium())
        try:
            page = browser.new_page(viewport={"width": 1500, "height": 1000})
            page.set_default_timeout(SECONDS * 1000)
            page.add_init_script(
                "localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');"
                "localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')"
            )
            edit_tag(page, f"{server.url}/#/experiments/0/runs/{run.info.run_id}", "control", "stop")
            try:
                until(lambda: control.wish() == "stop", SECONDS)
            finally:
                page.screenshot(path=tmp_path / "page.png")
        finally:
            browser.close()
            control.close()

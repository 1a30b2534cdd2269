"""What the hooks tell a user."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project


@pytest.mark.parametrize(("env", "told"), [("base", True), ("local", False), (None, False)])
def test_parameters_that_an_environment_passes_over_are_told(
    env: str | None,
    told: bool,
    make_project: Callable[[str], Path],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    project = make_project("unread")
    (project / "conf/local/parameters.yml").write_text("photos_dir: here\n")
    monkeypatch.chdir(project)
    bootstrap_project(project)
    with caplog.at_level(logging.WARNING), KedroSession.create(project, env=env) as session:
        params = session.load_context().params
    assert (params["photos_dir"] == "here") != told
    assert ("conf/local/parameters.yml is not read in the environment 'base'" in caplog.text) == told

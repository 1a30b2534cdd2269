"""Several things of a study at once: in processes with cores of their own, and with what one would find."""

import logging
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from tests.study.conftest import Runs
from wordmend.config import Config
from wordmend.errors import WordmendError
from wordmend.processes import usable_cores
from wordmend.progress import progress_bar
from wordmend.study import workers
from wordmend.study.project import Project
from wordmend.study.run import run_study
from wordmend.study.workers import divided_cores, workers_at_once
from wordmend.training.run import TrainingRun

MakeProject = Callable[..., Project]
ARMS = {"sharpness_weights": [], "unsharp": [], "workers": 2}


def where_it_is(_: int) -> tuple[int, int, int]:
    time.sleep(0.5)  # so that the other process takes one as well
    logging.getLogger("wordmend.study").info("made in %d", os.getpid())
    return os.getpid(), usable_cores(), torch.get_num_threads()


@contextmanager
def run_in_any_process(
    name: str, config: Config, seed: int, data: Any, folder: Path, does: str = "", at: str = ""
) -> Iterator[TrainingRun]:
    runs = Runs()
    if name == at and does == "stops":
        runs.stop = name
    if name == at and does == "interrupts":
        os.kill(os.getppid(), signal.SIGINT)
    if name == at and does == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == at and does == "fails":
        raise RuntimeError("no luck")
    with runs(name, config, seed, data, folder) as run:
        yield run


def test_processes_have_cores_of_their_own_and_log_here(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO), workers_at_once(2) as executor:
        found = list(executor.map(where_it_is, range(4)))
    processes = {process for process, *_ in found}
    assert len(processes) == 2 and os.getpid() not in processes
    sizes = [len(cores) for cores in divided_cores(2)]
    assert all(cores in sizes and threads == cores for _, cores, threads in found)
    assert {f"made in {process}" for process in processes} <= set(caplog.messages)


def test_what_is_logged_stands_on_lines_of_its_own_beside_bars():
    inside, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    program = subprocess.Popen([sys.executable, "-c", BARS_AND_LOGS], stdout=terminal, stderr=terminal)
    os.close(terminal)
    written = b""
    with suppress(OSError):  # it has ended
        while more := os.read(inside, 65536):
            written += more
    assert program.wait() == 0
    assert b"bar of 0" in written and b"bar of 1" in written
    shown = screen(written.decode())
    for line in [*(f"made {worker}.{step}" for worker in range(2) for step in range(LOGS)), "all made"]:
        assert shown.count(line) == 1, line


BARS_AND_LOGS = """
import logging, sys
from tests.study.test_study_workers import draw_and_log
from wordmend.study.workers import workers_at_once

if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    with workers_at_once(2) as executor:
        list(executor.map(draw_and_log, range(2)))
        logging.info("all made")
"""
LOGS = 40


def draw_and_log(worker: int) -> None:
    time.sleep(0.5)  # so that the other process takes one as well
    with progress_bar(f"bar of {worker}", total=LOGS) as bar:
        bar.delay, bar.mininterval, bar.miniters = 0, 0, 1
        for step in range(LOGS):
            bar.update()
            logging.getLogger("wordmend.study").info("made %d.%d", worker, step)
            bar.refresh()


def screen(written: str) -> list[str]:
    """The lines that a terminal shows, without what is blank at their ends."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.|\n", written, flags=re.DOTALL):
        if part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b[A":
            row = max(row - 1, 0)
        elif part == "\x1b[J":
            lines[row:] = [lines[row][:column]]
        elif not part.startswith("\x1b"):
            lines[row] = lines[row].ljust(column)[:column] + part + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def test_one_is_this_process():
    with workers_at_once(1) as executor:
        assert executor.submit(os.getpid).result() == os.getpid()
        assert isinstance(executor.submit(int, "?").exception(), ValueError)


@pytest.mark.parametrize(
    ("seeds", "cores", "free", "expected"),
    [(3, 2, 64, 2), (3, 16, 64, 3), (1, 16, 64, 1), (3, 16, 10, 2), (3, 16, 1, 1)],
)
def test_as_many_as_seeds_cores_and_memory_allow(
    seeds: int, cores: int, free: int, expected: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(workers, "usable_cores", lambda: cores)
    monkeypatch.setattr(workers, "free_memory", lambda device: free * 2**30)
    assert workers.usual_workers(seeds, "cpu") == expected
    monkeypatch.setattr(workers, "trains_on_cpu", lambda device: False)
    assert workers.usual_workers(seeds, "auto") == 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_cores_are_divided(count: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 4, 7}, raising=False)
    parts = divided_cores(count)
    assert len(parts) == count and sorted(core for part in parts for core in part) == [3, 4, 7]


def test_of_fewer_cores_processes_share_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 4}, raising=False)
    assert divided_cores(3) == [[3], [4], [3]]


def test_two_processes_find_what_one_finds(tmp_path: Path, tiny_project: MakeProject):
    both = [
        run_study(tiny_project(study=ARMS | {"workers": n}), tmp_path / str(n), run_in_any_process)
        for n in (1, 2)
    ]
    assert [study.left_out for study in both] == [[], []]
    pd.testing.assert_frame_equal(both[0].images, both[1].images, rtol=1e-3, atol=1e-4)


@pytest.fixture
def heard_interrupts() -> Iterator[None]:
    """What is started in the background of a shell has interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_interrupts")
@pytest.mark.parametrize("does", ["stops", "interrupts"])
def test_what_a_person_ends_ends_the_study_and_what_is_made_beside_it_is_kept(
    does: str, tmp_path: Path, tiny_project: MakeProject
):
    at = partial(run_in_any_process, does=does, at="study-0-stage1")
    study = run_study(tiny_project(study=ARMS), tmp_path, at)
    assert "seed 0: arm 3 of 11 (stage2)" in study.left_out
    is_stopped = does == "stops"  # what is interrupted only hears that it is the last
    assert ("seed 0: stage1" in study.left_out) == is_stopped
    assert (tmp_path / "seed-0/stage1").exists() == (not is_stopped)
    assert (tmp_path / "seed-1/stage1").exists() != ("seed 1: stage1" in study.left_out)
    assert (tmp_path / "seed-1/pairs").exists()
    assert not list(tmp_path.rglob("step-*"))  # it would stay ended


def test_an_error_names_what_failed_and_nothing_else_is_lost(
    tmp_path: Path, tiny_project: MakeProject, caplog: pytest.LogCaptureFixture
):
    at = partial(run_in_any_process, does="fails", at="study-0-stage1")
    with pytest.raises(RuntimeError, match="no luck"):
        run_study(tiny_project(study=ARMS), tmp_path, at)
    assert "seed 0: stage1 failed" in caplog.text
    assert (tmp_path / "seed-1/pairs/about.json").exists()


def test_a_killed_process_is_named(tmp_path: Path, tiny_project: MakeProject):
    at = partial(run_in_any_process, does="dies", at="study-0-stage1")
    with pytest.raises(WordmendError, match=r"one of 2 processes.*was killed.*set study\.workers"):
        run_study(tiny_project(study=ARMS), tmp_path, at)


LONG = """
import time
from pathlib import Path
from tests.study.test_study_workers import note_process
from wordmend.study.workers import workers_at_once

if __name__ == "__main__":
    with workers_at_once(2) as executor:
        list(executor.map(note_process, [Path({folder!r})] * 2))
"""


def note_process(folder: Path) -> None:
    (folder / str(os.getpid())).touch()
    time.sleep(600)


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_processes_end_with_one_that_is_killed(tmp_path: Path):
    folder = tmp_path / "processes"
    folder.mkdir()
    script = tmp_path / "long.py"
    script.write_text(LONG.format(folder=str(folder)))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, str(script)], env=environment)
    end = time.monotonic() + 120
    while len(list(folder.iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    begun = [int(path.name) for path in folder.iterdir()]
    assert len(begun) == 2
    parent.kill()
    parent.wait()
    while any(map(is_running, begun)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(is_running, begun))

"""Trainings in several processes that Ray Train starts, watches and, when one dies, starts anew."""

import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray
from ray.train import RunConfig, ScalingConfig, TrainingFailedError, WorkerGroupError
from ray.train.torch import TorchTrainer

from wordmend.errors import ParameterError, TrainingError, WordmendError
from wordmend.progress import progress_bar
from wordmend.training.checkpoints import Checkpoints
from wordmend.training.config import LoopConfig
from wordmend.training.control import Steering, Wish
from wordmend.training.loop import Training, train
from wordmend.training.relay import Messages, Receiver, Relay, Sender
from wordmend.training.run import TrainingRun
from wordmend.training.task import Task

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
_WORKER_ENVIRONMENT = {"env_vars": {"TQDM_DISABLE": "1"}}  # the bar is shown where it was started


def train_on_ray(task: Task, config: LoopConfig, run: TrainingRun) -> Training:
    """Train as `loop.train` does, in `config.processes` processes; this one waits, follows and controls.

    Ray is that of RAY_ADDRESS, or is started on this machine. All processes must see the same folders under
    the same names. The result comes from the last checkpoint.

    Args:
        task: as for `loop.train`; it is sent to the processes, and gets the weights at the end.
        config: of the loop.
        run: log and control stay in this process.

    Raises:
        TrainingError: as `loop.train`; or processes died more often than they are started anew.
        ParameterError: Ray has too few CPUs or GPUs.
    """
    logger.info("%s: Ray starts %d processes, which takes some seconds", task.name, config.processes)
    with _ray(config) as resource, _checkpoints(run) as checkpoints:
        relay = ray.remote(num_cpus=0)(Relay).remote()
        work = {"task": ray.put(task), "config": config, "relay": relay}
        trainer = TorchTrainer(
            _work,
            train_loop_config=work | {"checkpoints": checkpoints, "folder": Path.cwd()},
            scaling_config=ScalingConfig(num_workers=config.processes, use_gpu=resource == "GPU"),
            run_config=RunConfig(
                name=task.name,
                storage_path=str((checkpoints.folder / "ray").absolute()),
                worker_runtime_env=_WORKER_ENVIRONMENT,
            ),
        )
        receiver = Receiver(run.log, run.control)
        with (
            progress_bar(task.name, total=config.steps, unit="step") as bar,
            Steering(task.name, run.control) as steering,
        ):

            def look() -> None:
                for event in ray.get(relay.exchange.remote(steering.wish())):
                    receiver.receive(event)
                bar.update(receiver.step - bar.n)

            for restarts_left in reversed(range(config.restarts + 1)):
                error = _fit(trainer, look)
                if error is None:
                    break
                _go_on_after(error, task.name, restarts_left)
        run.log.flush()
        return train(task, config, TrainingRun(checkpoints=checkpoints))


def _work(work: dict[str, Any]) -> None:
    """What each process does."""
    os.chdir(work["folder"])
    run = TrainingRun(checkpoints=work["checkpoints"])
    line = _Line(work["relay"])
    if ray.train.get_context().get_world_rank() == 0:
        run = replace(run, log=Sender(line), control=Sender(line))
        logging.getLogger("wordmend").addHandler(Messages(line))
        logging.getLogger("wordmend").setLevel(logging.INFO)
    try:
        train(ray.get(work["task"]), work["config"], run)
    finally:
        line.flush()


class _Line:
    """Calls a relay without waiting for it."""

    def __init__(self, relay: Any) -> None:
        self.relay = relay
        self.wished: Wish = "train"
        self.asked: ray.ObjectRef | None = None

    def wish(self) -> Wish:
        """The answer to an earlier question, if there is one by now."""
        if self.asked is None:
            self.asked = self.relay.wish.remote()
        elif ray.wait([self.asked], timeout=0)[0]:
            self.wished, self.asked = ray.get(self.asked), None
        return self.wished

    def post(self, name: str, *arguments: Any) -> None:
        """Leave an event."""
        self.relay.post.remote(name, *arguments)

    def flush(self) -> None:
        """Wait for an answer, which comes after all that was left before."""
        ray.get(self.relay.wish.remote())


@contextmanager
def _ray(config: LoopConfig) -> Iterator[str]:
    """Ray, and what a process needs one of: GPU where there are any, else CPU."""
    starts = not ray.is_initialized()
    if starts:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        address = os.environ.get("RAY_ADDRESS", "local")
        cpus = max(os.cpu_count() or 1, config.processes) if address == "local" else None
        ray.init(
            address=address,
            num_cpus=cpus,
            include_dashboard=False,
            log_to_driver=False,  # Ray says much; what a training says comes by the relay
            logging_level=logging.ERROR,
        )
    try:
        found = ray.cluster_resources()
        resource = "GPU" if config.device == "auto" and found.get("GPU") else "CPU"
        if found.get(resource, 0) < config.processes:
            raise ParameterError(
                f"processes: {config.processes} need a {resource} each, but Ray has "
                f"{found.get(resource, 0):g}: lower it, or start Ray on more machines"
            )
        yield resource
    finally:
        if starts:
            ray.shutdown()


@contextmanager
def _checkpoints(run: TrainingRun) -> Iterator[Checkpoints]:
    """Those of the run, or some for the time being: the processes leave the result there."""
    if run.checkpoints is not None:
        yield run.checkpoints
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Checkpoints(Path(folder) / "checkpoints", {})


def _fit(trainer: TorchTrainer, look: Any) -> Exception | None:
    """Run the processes until all have ended, looking at them; gives what they failed with.

    Ray would take Ctrl-C for itself in the main thread.
    """
    failures: list[Exception] = []

    def fit() -> None:
        try:
            trainer.fit()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=fit, name="ray train", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_SECONDS)
        look()
    return failures[0] if failures else None


def _go_on_after(error: Exception, name: str, restarts_left: int) -> None:
    """Say that the processes are started anew, unless that would not help.

    Raises:
        WordmendError: what a process found to be wrong itself.
        TrainingError: there were too many failures.
    """
    if not isinstance(error, TrainingFailedError):
        raise error
    failures = error.worker_failures if isinstance(error, WorkerGroupError) else {}
    for failure in failures.values():
        if isinstance(failure, WordmendError):
            raise failure
    reasons = "; ".join(f"process {rank}: {_short(failure)}" for rank, failure in failures.items())
    if not restarts_left:
        raise TrainingError(
            f"{name}: its processes failed and were started anew as often as `restarts` allows "
            f"({reasons or _short(error)}); the same command goes on from the last checkpoint"
        ) from error
    logger.warning("%s: a process failed (%s); all go on from the last checkpoint", name, reasons)


def _short(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]

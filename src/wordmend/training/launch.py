"""Where a training runs: in this process, or in several that Ray starts."""

import importlib.util

from wordmend.errors import ParameterError
from wordmend.training.config import LoopConfig
from wordmend.training.loop import Training, train
from wordmend.training.run import TrainingRun
from wordmend.training.task import Task


def launch(task: Task, config: LoopConfig, run: TrainingRun | None = None) -> Training:
    """Train as `loop.train` does, by the launcher that the parameters name.

    Raises:
        ParameterError: Ray is not installed, or has too few CPUs or GPUs.
        TrainingError: as `loop.train`, and when processes died more often than they are restarted.
    """
    if config.launcher == "local":
        return train(task, config, run)
    if importlib.util.find_spec("ray") is None:
        raise ParameterError("launcher ray needs Ray: pip install 'wordmend[ray]'; or set launcher to local")
    from wordmend.training.ray_launcher import train_on_ray

    return train_on_ray(task, config, run or TrainingRun())

"""Parameters of the training loop, which all trainings share."""

from typing import Literal, Self

from pydantic import Field, model_validator

from wordmend.config import Config
from wordmend.errors import ParameterError


class LoopConfig(Config):
    """How long a training runs and how it steps."""

    steps: int = Field(gt=0)
    """Optimizer steps at most."""
    end_below: dict[str, float] = Field(default_factory=dict)
    """End earlier: names of logged losses and the thresholds that all of them must stay under."""
    end_below_steps: int = Field(50, gt=0)
    """For how many steps in a row the mean of the losses must stay under their thresholds."""
    optimizer: Literal["adamw", "muon"] = "adamw"
    """muon: what is learned as a matrix goes by Muon, the rest by AdamW; restorers get further with it in as
    many steps."""
    learning_rate: float = Field(gt=0)
    """Highest learning rate."""
    weight_decay: float = Field(0.0, ge=0)
    """Share of the weights that a step at a learning rate of 1 would take away."""
    warmup_steps: int = Field(0, ge=0)
    """Steps over which the learning rate rises linearly; then it falls by a cosine."""
    final_learning_rate: float = Field(0.01, ge=0, le=1)
    """Where the cosine ends, as a share of `learning_rate`."""
    gradient_clip: float | None = Field(1.0, gt=0)
    """Largest norm of the gradient; null: not clipped."""
    accumulate: int = Field(1, gt=0)
    """Parts of a batch that are worked on one after the other, in less memory: the result is the same."""
    ema_decay: float | None = Field(None, gt=0, lt=1)
    """Share that a step leaves of the moving average of the weights (EMA), which is validated and kept in
    place of the last weights: .999 remembers about a thousand steps; null: the last weights."""
    precision: Literal["no", "bf16", "fp16"] = "no"
    """Mixed precision. All trainings of one process must use the same."""
    channels_last: bool = True
    """Keep the values of a pixel side by side in memory; convolutions are faster that way, on CPUs too."""
    compile: bool = False
    """Let torch.compile make kernels for the networks: the first steps take minutes, the others less time."""
    device: Literal["auto", "cpu"] = "auto"
    """auto: the accelerator where there is one."""
    launcher: Literal["local", "ray"] = "local"
    """local: in this process; ray: in `processes` that Ray starts, on this machine or on the cluster that
    RAY_ADDRESS names."""
    processes: int = Field(1, gt=0)
    """Processes that share the work of every step, each with a GPU of its own where Ray has GPUs; ray only.
    The result is that of one process, but for the rounding of sums."""
    restarts: int = Field(3, ge=0)
    """How often processes that died are started anew, from the last checkpoint; ray only."""
    checkpoint_minutes: float = Field(5.0, gt=0)
    """Minutes between two checkpoints, from which an interrupted training goes on."""
    checkpoint_every: int | None = Field(None, gt=0)
    """Steps between two checkpoints, besides those by minutes; null: none."""
    log_every: int = Field(10, gt=0)
    """Steps between two points of the curves (each the mean since the last)."""
    validate_every: int = Field(100, gt=0)
    """Steps between two validations; there is always one before the first step and one at the end."""

    @model_validator(mode="after")
    def _validate_together(self) -> Self:
        if self.warmup_steps >= self.steps:
            raise ParameterError(f"warmup_steps ({self.warmup_steps}) must be below steps ({self.steps})")
        if self.precision == "fp16" and self.device == "cpu":
            raise ParameterError("precision fp16 needs a GPU: set it to 'no' or 'bf16', or device to 'auto'")
        if self.launcher == "local" and self.processes > 1:
            raise ParameterError(f"processes ({self.processes}) need launcher: ray; local is one process")
        return self

"""What surrounds a training while it runs."""

from dataclasses import dataclass, field

from wordmend.training.checkpoints import Checkpoints
from wordmend.training.control import Control, NoControl
from wordmend.training.log import NoLog, TrainingLog


@dataclass(frozen=True)
class TrainingRun:
    """Where a training is followed, kept and controlled; by default nowhere."""

    log: TrainingLog = field(default_factory=NoLog)
    """Gets numbers and pictures."""
    control: Control = field(default_factory=NoControl)
    """Says when to pause and to end."""
    checkpoints: Checkpoints | None = None
    """From which an interrupted training goes on; None: it starts anew."""

"""Which restorer network, its size, and how a stage 2 is used."""

from typing import Any

from pydantic import Field

from wordmend.config import Config


class RestorerConfig(Config):
    """A network by name."""

    architecture: str = "NAFNet"
    """Name of one of the networks in `wordmend.restorers.networks`."""
    channels: int = Field(3, ge=1, le=3)
    """Channels of the images: 3 (RGB) or 1 (gray)."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The network's own settings by its own names (width, number of blocks)."""


class Use(Config):
    """How the weights of a stage 2 are used, as its validation pictures ask for."""

    sharpness: float = Field(0.5, ge=0, le=1)
    """How much of it restores what the quality model finds at fault in sharpness alone; the rest is the
    control's. More than half costs more fidelity than an unsharp mask over it that makes as sharp."""
    alone: float = Field(0.0, ge=0, le=1)
    """How much of the control its weights take in where they work everywhere, without control and quality
    model beside them."""

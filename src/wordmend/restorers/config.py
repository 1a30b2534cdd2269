"""Which restorer network, and its size."""

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

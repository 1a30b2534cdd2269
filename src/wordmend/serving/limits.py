"""How much one request may ask of a model that is served."""

from pydantic import Field

from wordmend.config import Config


class Limits(Config):
    """Logged with every model as its configuration, where MLflow lets those who serve it set other values."""

    max_pictures: int = Field(16, gt=0)
    """Pictures in one request."""
    max_bytes: int = Field(32 * 2**20, gt=0)
    """Size of a picture's file, bytes; in the request, as base64, it is a third larger."""
    max_pixels: int = Field(20_000_000, gt=0)
    """Width times height of a picture, pixels; looked up before the picture is decoded."""

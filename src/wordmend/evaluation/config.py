"""Parameters of the evaluation."""

from pydantic import Field

from wordmend.config import Config


class EvaluationConfig(Config):
    """What the report shows."""

    title: str = "Wordmend report"
    """Title of the report."""
    examples: int = Field(8, gt=0)
    """Test pairs shown before and after: those that gained most, and those that lost."""
    changes: int = Field(12, ge=0)
    """Comments whose regions are shown: those with the largest gains, and those with the largest losses."""

"""The assess pipeline."""

from wordmend.pipelines.assess.pipeline import create_pipeline

__all__ = ["create_pipeline"]

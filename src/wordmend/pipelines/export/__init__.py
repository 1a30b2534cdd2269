"""The export pipeline."""

from wordmend.pipelines.export.pipeline import create_pipeline

__all__ = ["create_pipeline"]

"""The restore pipeline."""

from wordmend.pipelines.restore.pipeline import create_pipeline

__all__ = ["create_pipeline"]

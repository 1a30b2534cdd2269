"""The comments pipeline."""

from wordmend.pipelines.comments.pipeline import create_pipeline

__all__ = ["create_pipeline"]

"""The study pipeline."""

from wordmend.pipelines.study.pipeline import create_pipeline

__all__ = ["create_pipeline"]

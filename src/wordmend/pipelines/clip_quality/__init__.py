"""The clip_quality pipeline."""

from wordmend.pipelines.clip_quality.pipeline import create_pipeline

__all__ = ["create_pipeline"]

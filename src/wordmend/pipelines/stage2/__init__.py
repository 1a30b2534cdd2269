"""The stage2 pipeline."""

from wordmend.pipelines.stage2.pipeline import create_pipeline

__all__ = ["create_pipeline"]

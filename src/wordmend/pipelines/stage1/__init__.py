"""The stage1 pipeline."""

from wordmend.pipelines.stage1.pipeline import create_pipeline

__all__ = ["create_pipeline"]

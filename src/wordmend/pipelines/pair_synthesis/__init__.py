"""The pair_synthesis pipeline."""

from wordmend.pipelines.pair_synthesis.pipeline import create_pipeline

__all__ = ["create_pipeline"]

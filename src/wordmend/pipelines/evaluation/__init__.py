"""The evaluation pipeline."""

from wordmend.pipelines.evaluation.pipeline import create_pipeline

__all__ = ["create_pipeline"]

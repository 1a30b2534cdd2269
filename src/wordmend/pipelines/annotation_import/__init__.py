"""The annotation_import pipeline."""

from wordmend.pipelines.annotation_import.pipeline import create_pipeline

__all__ = ["create_pipeline"]

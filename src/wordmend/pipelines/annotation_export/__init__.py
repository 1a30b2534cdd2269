"""The annotation_export pipeline."""

from wordmend.pipelines.annotation_export.pipeline import create_pipeline

__all__ = ["create_pipeline"]

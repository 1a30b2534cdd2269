"""What happens around pipelines: parameters are checked, lineage is noted, results are shown.

Imports nothing heavy, as every command of Kedro imports it.
"""

import shutil
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from wordmend.config import nearest_name
from wordmend.errors import ParameterError
from wordmend.evaluation.summary import summary


class ParameterHooks:
    """Refuses parameters that no pipeline takes: a misspelt one would silently change nothing."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare the names of all parameters with those that the pipelines take."""
        known = {
            name.removeprefix("params:").split(".")[0]
            for pipeline in pipelines.values()
            for name in pipeline.inputs()
            if name.startswith("params:")
        }
        for name in context.params:
            if name not in known:
                raise ParameterError(f"unknown parameter {name!r}{nearest_name(name, sorted(known))}")


class LineageHooks:
    """Notes on the pipeline's MLflow run which code and which DVC stage made it."""

    @hook_impl(trylast=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Tag the run that kedro-mlflow has opened."""
        import mlflow

        from wordmend.tracking import revision_tags

        if mlflow.active_run() is not None:
            mlflow.set_tags(revision_tags())


class CheckpointHooks:
    """Removes the checkpoints of trainings whose results are saved: the next training is another one."""

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Remove those of the trainings of this pipeline."""
        trained = {dataset for dataset in pipeline.all_outputs() if dataset.endswith("_losses")}
        names = {"quality_losses": "clip_quality"}
        for dataset in trained:
            name = names.get(dataset, dataset.removesuffix("_losses"))
            shutil.rmtree(catalog.load("checkpoints_folder") / name, ignore_errors=True)


class VersioningHooks:
    """Keeps what people said in DVC: it can't be made again."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Note where the project is."""
        self.project = context.project_path

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Add annotations, and the pictures that they are about, when they were imported."""
        if "annotations" in pipeline.all_outputs():
            from wordmend.versioning import keep_in_dvc

            folder = catalog.load("annotations_folder")
            names = ("annotations.json", "judgements.json", "orders.json", "pictures")
            keep_in_dvc(self.project, [folder / name for name in names])


class SummaryHooks:
    """Shows what an evaluation found, and where the report is, when a run has made them."""

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Print the table of `metrics.json`."""
        if {"metrics", "report"} <= pipeline.all_outputs():
            print(summary(catalog.load("metrics"), Path(catalog["report"]._filepath)))

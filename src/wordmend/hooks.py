"""What happens around pipelines: parameters are checked, lineage is noted, results are shown.

Imports nothing heavy, as every command of Kedro imports it.
"""

import logging
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
from wordmend.study.terminal import study_summary

logger = logging.getLogger(__name__)


class ParameterHooks:
    """Refuses parameters that no pipeline takes, and tells of those that the environment doesn't read.

    Either would silently change nothing.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare the names of all parameters with those that the pipelines take; look for files beside."""
        unread = [] if context.env in (None, "local") else context.project_path.glob("conf/local/parameters*")
        for path in sorted(unread):
            logger.warning(
                "%s is not read in the environment %r, which `make` names: for it to count there, set these "
                "values in conf/%s",
                path.relative_to(context.project_path),
                context.env,
                context.env,
            )
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
    """Keeps in DVC what is no output of a stage: what people said, and what a study found."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Note where the project is."""
        self.project = context.project_path

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Add annotations with the pictures that they are about, or a study's results, when there are new."""
        if "annotations" in pipeline.all_outputs():
            from wordmend.versioning import keep_in_dvc

            folder = catalog.load("annotations_folder")
            names = ("annotations.json", "judgements.json", "orders.json", "pictures")
            keep_in_dvc(self.project, [folder / name for name in names])
        if "study_report" in pipeline.all_outputs():
            from wordmend.versioning import keep_in_dvc

            keep_in_dvc(self.project, [Path(catalog["study_report"]._filepath).parent])


class SummaryHooks:
    """Shows what an evaluation found, and where the report is, when a run has made them."""

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Print the table of `metrics.json`, or the goals of a study."""
        if {"metrics", "report"} <= pipeline.all_outputs():
            report = Path(catalog["report"]._filepath)
            print(summary(catalog.load("metrics"), report, catalog.load("release")))
        if "study_report" in pipeline.all_outputs():
            report = Path(catalog["study_report"]._filepath)
            print(study_summary(catalog.load("study_goals"), catalog.load("study_left_out"), report))

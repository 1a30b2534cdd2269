"""The pipelines by name. Each runs alone; `__default__` is the whole way without a server."""

from kedro.pipeline import Pipeline

from wordmend.pipelines import (
    annotation_export,
    annotation_import,
    assess,
    clip_quality,
    comments,
    evaluation,
    export,
    pair_synthesis,
    restore,
    stage1,
    stage2,
    study,
)

WHOLE_WAY = ("pair_synthesis", "stage1", "comments", "clip_quality", "stage2", "evaluation")


def register_pipelines() -> dict[str, Pipeline]:
    """All pipelines of the project."""
    pipelines = {
        "pair_synthesis": pair_synthesis.create_pipeline(),
        "stage1": stage1.create_pipeline(),
        "annotation_export": annotation_export.create_pipeline(),
        "annotation_import": annotation_import.create_pipeline(),
        "comments": comments.create_pipeline(),
        "clip_quality": clip_quality.create_pipeline(),
        "stage2": stage2.create_pipeline(),
        "evaluation": evaluation.create_pipeline(),
        "restore": restore.create_pipeline(),
        "assess": assess.create_pipeline(),
        "export": export.create_pipeline(),
        "study": study.create_pipeline(),
    }
    whole_way = sum((pipelines[name] for name in WHOLE_WAY), Pipeline([]))
    return {"__default__": whole_way, **pipelines}

"""A restorer is trained on pixels."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.stage1.nodes import restore_all_pairs, train_on_pixels


def create_pipeline() -> Pipeline:
    """Train the stage-1 restorer and restore all pairs with it."""
    return Pipeline(
        [
            node(
                train_on_pixels,
                ["pairs", "checkpoints_folder"] + ["params:stage1", "params:quality_language", "params:seed"],
                ["stage1_restorer", "stage1_quality_model"]
                + ["stage1_losses", "stage1_validations", "stage1_last_pairs"],
            ),
            node(restore_all_pairs, ["stage1_restorer", "pairs", "stage1_last_pairs"], "restored"),
        ]
    )

"""The restorer is trained on with words, and beside it the control without them."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.stage2.nodes import find_words, meet_people, train_on_words


def create_pipeline() -> Pipeline:
    """Find the target texts and those who may say more, train stage 2 with its control."""
    return Pipeline(
        [
            node(
                find_words,
                ["pairs", "comments", "params:stage2", "params:quality_language"],
                "stage2_words",
            ),
            node(
                meet_people,
                ["pairs", "quality_samples", "data_folder", "annotations_folder", "label_studio"]
                + ["params:annotation_export", "params:stage2", "params:quality_language"],
                "live_people",
            ),
            node(
                train_on_words,
                ["pairs", "stage1_restorer", "quality_model", "judge", "stage2_words", "quality_samples"]
                + ["data_folder", "live_people", "checkpoints_folder", "params:stage2", "params:seed"],
                ["stage2_restorer", "stage2_losses", "stage2_validations", "stage2_visits", "stage2_guard"]
                + ["control_restorer", "control_losses", "control_validations"],
            ),
        ]
    )

"""The restorer is trained on with words, and the control without them."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.stage2.nodes import find_words, meet_people, train_on_pixels_alone, train_on_words


def create_pipeline() -> Pipeline:
    """Find the target texts and those who may say more, train stage 2 and its control."""
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
                ["pairs", "stage1_restorer", "quality_model", "stage2_words", "quality_samples"]
                + ["data_folder", "live_people", "checkpoints_folder", "params:stage2", "params:seed"],
                ["stage2_restorer", "stage2_losses", "stage2_validations", "stage2_visits"],
            ),
            node(
                train_on_pixels_alone,
                ["pairs", "stage1_restorer", "stage2_visits", "checkpoints_folder"]
                + ["params:stage2", "params:seed"],
                ["control_restorer", "control_losses", "control_validations"],
            ),
        ]
    )

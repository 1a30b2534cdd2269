"""Do words move pictures, and by how much? Many trainings on several seeds, compared with one control."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.study.nodes import gather_project, make_page, sum_up, train_and_measure

PARAMETERS = ["photos_dir", "pair_synthesis", "stage1", "comments", "clip_quality", "stage2", "study"]


def create_pipeline() -> Pipeline:
    """Train and measure the arms, sum up, and write the page."""
    return Pipeline(
        [
            node(
                gather_project,
                [f"params:{name}" for name in (*PARAMETERS, "quality_language")],
                "study_project",
            ),
            node(train_and_measure, ["study_project", "study_folder"], ["study_images", "study_left_out"]),
            node(sum_up, ["study_images", "study_project"], ["study_summary", "study_goals"]),
            node(
                make_page,
                ["study_images", "study_summary", "study_goals", "study_left_out", "study_project"],
                "study_report",
            ),
        ]
    )

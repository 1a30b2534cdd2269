"""Photographs become pairs of a damaged and an intact picture."""

from kedro.pipeline import Pipeline, node

from wordmend.pipelines.pair_synthesis.nodes import draw_contact_sheet, make_pairs


def create_pipeline() -> Pipeline:
    """Make pairs from photographs and show some of them."""
    return Pipeline(
        [
            node(
                make_pairs,
                ["params:photos_dir", "params:pair_synthesis", "params:seed"],
                ["pairs", "rejected_files"],
            ),
            node(draw_contact_sheet, ["pairs", "params:pair_synthesis"], "pairs_sheet"),
        ]
    )

"""A small set of quality samples: smooth pictures, and the same with strong noise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wordmend.comments.entry import Entry, Region, comment_id_of
from wordmend.comments.table import entries_to_table
from wordmend.images.writing import write_image

SPLITS = ("train", "train", "train", "validation", "test")


def noise_entry(sample_id: str, kind: str, noisy: bool, reverse: bool, region: Region | None) -> Entry:
    said, other = ("the image is noisy", "the image is not noisy")[:: 1 if noisy != reverse else -1]
    return Entry(
        comment_id=comment_id_of(sample_id, said, "noise", region, "measured"),
        sample_id=sample_id,
        pair_id=sample_id.split(".", maxsplit=1)[0],
        kind=kind,  # type: ignore[arg-type]
        text=said,
        opposite=other,
        dimension="noise",
        region=region,
        conforms=0 if reverse else 1,
        source="measured",
    )


@pytest.fixture(scope="session")
def noise_tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
    """Comments, samples and the folder that the samples' paths start from; 40 pairs of 48 x 48 pixels."""
    folder = tmp_path_factory.mktemp("samples")
    rng = np.random.default_rng(0)
    rows, entries = [], []
    for pair in range(40):
        ramp = np.linspace(*rng.uniform(0.1, 0.9, 2), 48, dtype=np.float32)
        gt = np.repeat(np.broadcast_to(ramp[:, None, None], (48, 48, 1)), 3, axis=2)
        noise = rng.normal(0, 0.1, gt.shape).astype(np.float32)
        for kind, image in (("gt", gt), ("lq", np.clip(gt + noise, 0, 1))):
            sample_id = f"p{pair:02}.{kind}"
            write_image(folder / "images" / f"{sample_id}.png", image)
            split = SPLITS[pair % len(SPLITS)]
            rows.append((sample_id, f"p{pair:02}", split, kind, f"images/{sample_id}.png"))
            region = Region(4, 8, 20, 20) if kind == "lq" and pair % 3 == 0 else None
            entries.append(noise_entry(sample_id, kind, kind == "lq", pair % 4 == 0, region))
    samples = pd.DataFrame(rows, columns=["sample_id", "pair_id", "split", "kind", "image_path"])
    return entries_to_table(entries), samples, folder

"""The table of quality samples: images that comments are about (M7)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from wordmend.images.photos import find_photos
from wordmend.pairs.library import PairLibrary
from wordmend.samples.config import SamplesConfig
from wordmend.samples.restored import RestoredLibrary
from wordmend.seeds import seed_for

SAMPLE_COLUMNS = ["sample_id", "pair_id", "photo", "split", "kind", "image_path", "last_trained"]

Row = tuple[str, str | None, str, str, str, str, int | None]


def list_quality_samples(
    pairs: PairLibrary, restored: RestoredLibrary, config: SamplesConfig, data_folder: Path, seed: int
) -> pd.DataFrame:
    """List the images that can be commented on, one row each.

    Args:
        pairs: give `lq` and `gt` samples.
        restored: restored images of these pairs.
        config: the mix.
        data_folder: what image paths are relative to; images outside of it are named by absolute paths.
        seed: where the choice of pairs comes from.

    Returns:
        A table with `SAMPLE_COLUMNS`; `sample_id` is `<pair_id>.<kind>`, `last_trained` as in the restored
        images' table.
    """
    table = pairs.table.set_index("pair_id")
    restored_rows = restored.table.set_index("pair_id")
    last_trained = restored_rows["last_trained"]
    rows: list[Row] = []
    for kind, share in (("lq", config.lq), ("gt", config.gt), ("restored", config.restored)):
        rng = np.random.default_rng(seed_for(seed, f"{kind} samples"))
        chosen = dict(zip(pairs.pair_ids, rng.random(len(pairs)) < share, strict=True))
        for pair_id in pairs.pair_ids:
            last = last_trained.get(pair_id, pd.NA)
            if not chosen[pair_id] and not (kind == "restored" and pd.notna(last)):
                continue
            path = (
                restored.folder / str(restored_rows.at[pair_id, "image_path"])
                if kind == "restored"
                else pairs.folder / str(table.at[pair_id, f"{kind}_path"])
            )
            rows.append(
                (
                    f"{pair_id}.{kind}",
                    pair_id,
                    str(table.at[pair_id, "photo"]),
                    str(table.at[pair_id, "split"]),
                    kind,
                    _from_folder(path, data_folder),
                    int(last) if kind == "restored" and pd.notna(last) else None,
                )
            )
    rows += list(_new_images(config, data_folder))
    return pd.DataFrame(rows, columns=SAMPLE_COLUMNS).astype({"last_trained": "Int64"})


def picture_paths(samples: pd.DataFrame, data_folder: Path) -> dict[str, Path]:
    """The files of the samples by sample id."""
    return {str(row.sample_id): data_folder / str(row.image_path) for row in samples.itertuples()}


def _new_images(config: SamplesConfig, data_folder: Path) -> Iterator[Row]:
    if config.new_images_dir is None:
        return
    for photo in find_photos(Path(config.new_images_dir)).photos:
        path = _from_folder(photo.path, data_folder)
        yield (f"{photo.name}.new", None, photo.name, "train", "new", path, None)


def _from_folder(path: Path, folder: Path) -> str:
    resolved, folder = path.resolve(), folder.resolve()
    return str(resolved.relative_to(folder)) if resolved.is_relative_to(folder) else str(resolved)

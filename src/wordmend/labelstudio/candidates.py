"""What is judged side by side: held-out pairs as each restorer mends them."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from wordmend.images.writing import write_image
from wordmend.labelstudio.judging import Candidate
from wordmend.labelstudio.pictures import PICTURES, lay_by_hash
from wordmend.pairs.library import PairLibrary
from wordmend.progress import progress
from wordmend.restorers.weights import Restorer
from wordmend.seeds import seed_for
from wordmend.training.stages import restore_pairs


def candidates_from(
    pairs: PairLibrary, restorers: Mapping[str, Restorer], count: int, annotations_folder: Path, seed: int
) -> list[Candidate]:
    """Restore some pairs of the test split with every restorer; the pictures are kept with the annotations.

    Args:
        pairs: the library.
        restorers: by arm.
        count: at most so many pairs.
        annotations_folder: where pictures are kept, by their hashes.
        seed: where the choice of pairs comes from.
    """
    test = pairs.split("test")
    rng = np.random.default_rng(seed_for(seed, "pairs to judge"))
    chosen = test.select([test.pair_ids[int(place)] for place in rng.permutation(len(test))[:count]])
    pictures: dict[str, dict[str, Path]] = {pair_id: {} for pair_id in chosen.pair_ids}
    for arm, restorer in restorers.items():
        for pair_id, path in _restored(restorer, chosen, annotations_folder):
            pictures[pair_id][arm] = path
    rows = chosen.table.set_index("pair_id")["lq_path"]
    return [
        Candidate(pair_id, chosen.folder / str(rows[pair_id]), pictures[pair_id])
        for pair_id in chosen.pair_ids
    ]


def _restored(restorer: Restorer, pairs: PairLibrary, annotations_folder: Path) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        restored = restore_pairs(restorer, pairs)
        for pair_id, image in progress(restored, "restoring the pairs", total=len(pairs), unit="pair"):
            path = Path(folder) / "restored.png"
            write_image(path, image)
            yield pair_id, lay_by_hash(path, annotations_folder / PICTURES)

"""Comments measured on quality samples: the embedded stand-in for people (M8)."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from wordmend.comments.entry import Entry
from wordmend.comments.language import QualityLanguage
from wordmend.comments.measured import measured_entries
from wordmend.comments.measured_config import MeasuredConfig
from wordmend.comments.table import entries_to_table
from wordmend.images.reading import read_image
from wordmend.pairs.library import PairLibrary
from wordmend.processes import map_in_processes, usable_cores
from wordmend.progress import progress
from wordmend.seeds import seed_for

# Pairs that are measured in one go: some seconds of work.
CHUNK = 20

# Starting a process takes some seconds, in which one measures about so many samples.
SAMPLES_PER_PROCESS = 100


@dataclass(frozen=True)
class _Chunk:
    """Some pairs, measured by one process, and their samples (sample_id, pair_id, kind, path)."""

    pairs: PairLibrary
    samples: list[tuple[str, str, str, Path]]


def measure_samples(
    samples: pd.DataFrame,
    pairs: PairLibrary,
    data_folder: Path,
    config: MeasuredConfig,
    language: QualityLanguage,
    seed: int,
) -> pd.DataFrame:
    """Compare every sample of a pair with its `gt` and say what is found; new images have nothing to compare.

    Args:
        samples: the quality samples' table.
        pairs: that they belong to.
        data_folder: what image paths are relative to.
        config: what is said from which value on.
        language: the words.
        seed: where the choice of words comes from.

    Returns:
        A comments table. The words for one sample don't depend on what other samples there are, nor on the
        number of processes.
    """
    measurable = samples[samples["pair_id"].notna()]
    workers = config.workers or max(1, min(usable_cores(), len(measurable) // SAMPLES_PER_PROCESS))
    chunks = _chunks(measurable, pairs, data_folder)
    measure = partial(_measure, config, language, seed)
    made = map_in_processes(measure, chunks, workers, "measure comments")
    of_samples = (entries for of_chunk in made for entries in of_chunk)
    found = progress(of_samples, "measuring comments", total=len(measurable), unit="sample")
    return entries_to_table(entry for entries in found for entry in entries)


def _chunks(samples: pd.DataFrame, pairs: PairLibrary, data_folder: Path) -> list[_Chunk]:
    of_pair: dict[str, list[tuple[str, str, str, Path]]] = {}
    for row in samples.itertuples():
        sample = (str(row.sample_id), str(row.pair_id), str(row.kind), data_folder / str(row.image_path))
        of_pair.setdefault(sample[1], []).append(sample)
    ids = list(of_pair)
    chunks = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        chunks.append(_Chunk(pairs.select(some), [sample for pair_id in some for sample in of_pair[pair_id]]))
    return chunks


def _measure(
    config: MeasuredConfig, language: QualityLanguage, seed: int, chunk: _Chunk
) -> list[list[Entry]]:
    """What is said of each sample of the chunk."""
    read = {pair.pair_id: pair for pair in chunk.pairs}
    found = []
    for sample_id, pair_id, kind, path in chunk.samples:
        pair = read[pair_id]
        entries = measured_entries(
            sample_id=sample_id,
            pair_id=pair_id,
            kind=kind,  # type: ignore[arg-type]  # checked where the table is read
            image=read_image(path, channels=chunk.pairs.channels),
            gt=pair.gt,
            damage=pair.damage,
            config=config,
            language=language,
            rng=np.random.default_rng(seed_for(seed, f"words for {sample_id}")),
        )
        found.append(entries)
    return found

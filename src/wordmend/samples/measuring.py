"""Comments measured on quality samples: the embedded stand-in for people (M8)."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from wordmend.comments.entry import Entry
from wordmend.comments.language import QualityLanguage
from wordmend.comments.measured import measured_entries
from wordmend.comments.measured_config import MeasuredConfig
from wordmend.comments.table import entries_to_table
from wordmend.pairs.library import PairLibrary
from wordmend.processes import map_in_processes, usable_cores
from wordmend.progress import progress
from wordmend.samples.restored import RestoredLibrary
from wordmend.seeds import seed_for

# Pairs that are measured in one go: some seconds of work.
CHUNK = 20

# Starting a process takes some seconds, in which one measures about so many samples.
SAMPLES_PER_PROCESS = 100


@dataclass(frozen=True)
class _Chunk:
    """Some pairs and their samples, measured by one process; `samples` are (sample_id, pair_id, kind)."""

    pairs: PairLibrary
    restored: RestoredLibrary
    samples: list[tuple[str, str, str]]


def measure_samples(
    samples: pd.DataFrame,
    pairs: PairLibrary,
    restored: RestoredLibrary,
    config: MeasuredConfig,
    language: QualityLanguage,
    seed: int,
) -> pd.DataFrame:
    """Compare every sample of a pair with its `gt` and say what is found; new images have nothing to compare.

    Returns:
        A comments table. The words for one sample don't depend on what other samples there are, nor on the
        number of processes.
    """
    measurable = samples[samples["pair_id"].notna()]
    workers = config.workers or max(1, min(usable_cores(), len(measurable) // SAMPLES_PER_PROCESS))
    chunks = _chunks(measurable, pairs, restored)
    measure = partial(_measure, config, language, seed)
    made = map_in_processes(measure, chunks, workers, "measure comments")
    of_samples = (entries for of_chunk in made for entries in of_chunk)
    found = progress(of_samples, "measuring comments", total=len(measurable), unit="sample")
    return entries_to_table(entry for entries in found for entry in entries)


def _chunks(samples: pd.DataFrame, pairs: PairLibrary, restored: RestoredLibrary) -> list[_Chunk]:
    columns = ["sample_id", "pair_id", "kind"]
    of_pair = {
        str(pair_id): list(rows[columns].itertuples(index=False, name=None))
        for pair_id, rows in samples.groupby("pair_id", sort=False)
    }
    ids = list(of_pair)
    chunks = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = [row for pair_id in some for row in of_pair[pair_id]]
        chunks.append(_Chunk(pairs.select(some), restored.select(some), rows))
    return chunks


def _measure(
    config: MeasuredConfig, language: QualityLanguage, seed: int, chunk: _Chunk
) -> list[list[Entry]]:
    """What is said of each sample of the chunk."""
    read = {pair.pair_id: pair for pair in chunk.pairs}
    found = []
    for sample_id, pair_id, kind in chunk.samples:
        pair = read[pair_id]
        image = {"lq": pair.lq, "gt": pair.gt}.get(kind)
        entries = measured_entries(
            sample_id=sample_id,
            pair_id=pair_id,
            kind=kind,  # type: ignore[arg-type]  # checked where the table is read
            image=chunk.restored.read(pair_id) if image is None else image,
            gt=pair.gt,
            damage=pair.damage,
            config=config,
            language=language,
            rng=np.random.default_rng(seed_for(seed, f"words for {sample_id}")),
        )
        found.append(entries)
    return found

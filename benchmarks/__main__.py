"""`python -m benchmarks [NAME ...]`: measure, print and write `data/08_reporting/bench.json`.

With names, as in `python -m benchmarks light operations`, only benchmarks that start with one of them are
run; in the file, results of the others stay.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from benchmarks import synthesis
from benchmarks.annotations import annotations_to_comments
from benchmarks.gpu import nafnet_settings
from benchmarks.growth import training_growth
from benchmarks.pictures import assessing, restoring, restoring_by_three_networks, restoring_where_fault
from benchmarks.steps import memory_over_steps, quality_step, small_library, stage1_step, stage2_step

RESULT = Path("data/08_reporting/bench.json")
STEP_ROUNDS = 11
"""More than of the others: a few hundredths are in question."""


def _benchmarks(folder: Path, rounds: int) -> dict[str, Callable[[], dict[str, Any]]]:
    """Name -> benchmark; those of a name that ends in `*` are several, by what stands in its place."""
    on_gpu = {"gpu_nafnet_*": nafnet_settings} if torch.cuda.is_available() else {}
    pairs = cache(partial(small_library, folder))
    mixes = {"mix": synthesis.DEFAULT, "second_order": synthesis.SECOND_ORDER, "light": synthesis.LIGHT}
    return {
        "stage1_step": lambda: stage1_step(pairs(), STEP_ROUNDS),
        "stage1_default_step": lambda: stage1_step(pairs(), STEP_ROUNDS, by_default=True),
        "stage2_step": lambda: stage2_step(pairs(), STEP_ROUNDS),
        "clip_quality_step": lambda: quality_step(pairs(), STEP_ROUNDS),
        **on_gpu,
        "memory_over_steps": lambda: memory_over_steps(pairs()),
        "annotations_10000": lambda: annotations_to_comments(folder, rounds=1),
        "restore_picture": lambda: restoring(rounds),
        "restore_where_fault": lambda: restoring_where_fault(rounds),
        "restore_by_three_networks": lambda: restoring_by_three_networks(rounds),
        "assess_pictures": lambda: assessing(rounds),
        **{
            f"{name}_{side}": partial(synthesis.mix, orders, side, rounds)
            for name, orders in mixes.items()
            for side in synthesis.SIDES
        },
        **{f"operations_{side}_*": partial(synthesis.operations, side, rounds) for side in synthesis.SIDES},
        "two_workers": lambda: synthesis.two_workers(folder),
        "growth": lambda: synthesis.growth(folder),
        "training_growth_*": lambda: training_growth(folder),
    }


def main(names: Sequence[str], rounds: int = 5) -> None:
    """Measure everything, or what starts with one of `names`."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        benchmarks = _benchmarks(Path(folder), rounds)
        chosen = [name for name in benchmarks if not names or name.startswith(tuple(names))]
        if not chosen:
            sys.exit(f"no benchmark starts with {' or '.join(names)}; known are {', '.join(benchmarks)}")
        for name in chosen:
            found = benchmarks[name]()
            several = name.endswith("*")
            new = {name.replace("*", part): one for part, one in found.items()} if several else {name: found}
            for each, result in new.items():
                print(_line(each, result), flush=True)
            results |= new
    _write(results, keep_others=bool(names))


def _line(name: str, found: dict[str, Any]) -> str:
    spread = f"{found['ratio_min']:.3f} to {found['ratio_max']:.3f}"
    units = {
        "pairs_per_second": "pairs/s",
        "crops_per_second": "crops/s",
        "windows_per_second": "windows/s",
    }
    speed = "".join(f"; {found[name]:.0f} {unit}" for name, unit in units.items() if name in found)
    return f"{name:36} {found['ratio']:8.3f} ({spread}) of: {found['baseline']}{speed}"


def _write(results: dict[str, Any], keep_others: bool) -> None:
    machine = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    before = json.loads(RESULT.read_text())["results"] if keep_others and RESULT.is_file() else {}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"machine": machine, "results": before | results}, indent=2) + "\n")
    print(f"written to {RESULT}")


if __name__ == "__main__":
    main(sys.argv[1:])

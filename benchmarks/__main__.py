"""`python -m benchmarks [NAME ...]`: measure, print and write `data/08_reporting/bench.json`."""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.annotations import annotations_to_comments
from benchmarks.pictures import degradation, restoring
from benchmarks.steps import memory_over_steps, quality_step, small_library, stage1_step, stage2_step

RESULT = Path("data/08_reporting/bench.json")


def main(names: Sequence[str], rounds: int = 5) -> None:
    """Measure what is named; everything where nothing is. Results of others stay in the file."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = small_library(Path(folder))
        benchmarks: dict[str, Callable[[], dict[str, Any]]] = {
            "stage1_step": lambda: stage1_step(pairs, rounds),
            "stage2_step": lambda: stage2_step(pairs, rounds),
            "clip_quality_step": lambda: quality_step(pairs, rounds),
            "memory_over_steps": lambda: memory_over_steps(pairs),
            "annotations_10000": lambda: annotations_to_comments(Path(folder), rounds=1),
            "restore_megapixel": lambda: restoring(rounds),
            "degradation_96": lambda: degradation(96, rounds),
            "degradation_256": lambda: degradation(256, rounds),
        }
        unknown = [name for name in names if name not in benchmarks]
        if unknown:
            sys.exit(f"unknown: {', '.join(unknown)}; known are {', '.join(benchmarks)}")
        results = {}
        for name in names or benchmarks:
            found = results[name] = benchmarks[name]()
            print(line_of(name, found), flush=True)
    machine = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    before = json.loads(RESULT.read_text())["results"] if names and RESULT.is_file() else {}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"machine": machine, "results": before | results}, indent=2) + "\n")
    print(f"written to {RESULT}")


def line_of(name: str, found: dict[str, Any]) -> str:
    """A result in one line."""
    spread = f"{found['ratio_min']:.3f} to {found['ratio_max']:.3f}"
    return f"{name:20} {found['ratio']:8.3f} ({spread}) of: {found['baseline']}"


if __name__ == "__main__":
    main(sys.argv[1:])

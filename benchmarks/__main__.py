"""`python -m benchmarks`: measure, print and write `data/08_reporting/bench.json`."""

import json
import os
import platform
import tempfile
from pathlib import Path

import torch

from benchmarks.annotations import annotations_to_comments
from benchmarks.pictures import degradation, restoring
from benchmarks.steps import small_library, stage1_step, stage2_step

RESULT = Path("data/08_reporting/bench.json")


def main(rounds: int = 5) -> None:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = small_library(Path(folder))
        results = {
            "stage1_step": stage1_step(pairs, rounds),
            "stage2_step": stage2_step(pairs, rounds),
            "annotations_10000": annotations_to_comments(Path(folder), rounds=1),
            "restore_megapixel": restoring(rounds),
            "degradation_96": degradation(96, rounds),
            "degradation_256": degradation(256, rounds),
        }
    machine = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")
    for name, found in results.items():
        spread = f"{found['ratio_min']:.3f} to {found['ratio_max']:.3f}"
        print(f"{name:20} {found['ratio']:8.3f} ({spread}) of: {found['baseline']}")
    print(f"written to {RESULT}")


if __name__ == "__main__":
    main()

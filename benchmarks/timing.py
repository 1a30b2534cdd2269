"""Timing of two things in turn, so that a drift of the machine's speed touches both alike."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(
    measured: Callable[[], Any], baseline: Callable[[], Any], rounds: int, baseline_name: str
) -> dict[str, Any]:
    """Run both in turn and compare.

    Args:
        measured: one unit of what is measured.
        baseline: one unit of what it is compared with.
        rounds: how often; one more before that is not counted.
        baseline_name: what the baseline is.

    Returns:
        Median seconds of both, and the median, smallest and largest ratio of the rounds.
    """
    pairs = [(seconds(measured), seconds(baseline)) for _ in range(rounds + 1)][1:]
    ratios = [one / other for one, other in pairs]
    return {
        "baseline": baseline_name,
        "seconds": statistics.median(one for one, _ in pairs),
        "baseline_seconds": statistics.median(other for _, other in pairs),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "rounds": rounds,
    }


def once(measured: float, baseline: float, baseline_name: str, unit: str = "seconds") -> dict[str, Any]:
    """As `compare`, of one round."""
    ratio = measured / baseline
    return {
        **{"baseline": baseline_name, unit: measured, f"baseline_{unit}": baseline, "rounds": 1},
        **{"ratio": ratio, "ratio_min": ratio, "ratio_max": ratio},
    }


def peak_mib() -> float:
    """The most memory that this process had so far (MiB; Linux tells it)."""
    # Not what `resource` tells, which starts with the peak of the parent process.
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024

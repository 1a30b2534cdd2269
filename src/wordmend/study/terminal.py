"""What a study found, for the terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def study_summary(goals: Sequence[Mapping[str, Any]], left_out: Sequence[str], report: Path) -> str:
    """The goals, each reached or not, with the number that tells; what is left, and where the page is.

    Args:
        goals: contents of `goals.json`.
        left_out: contents of `left_out.json`.
        report: the study's `report.html`.
    """
    words = {True: "reached", False: "NOT reached", None: "open"}
    lines = [f"{words[goal['reached']]:12} {goal['name']}: {goal['told']}" for goal in goals]
    if left_out:
        lines.append(f"Steps left to the next command: {len(left_out)}, beginning with {left_out[0]}")
    return "\n".join(["Do words move pictures?", *lines, f"Report: {report.resolve().as_uri()}"])

"""Training histories as curves: SVG that stands in an HTML page and takes its text colour from there."""

import io
import re
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any

import pandas as pd

from wordmend.errors import TableError

_INK = "#010203"  # no curve has this colour; it becomes the page's text colour
COLOURS = ("#2f7ed8", "#e0702d", "#3a9d5d", "#a05ac0")  # told apart on white and on near black
_WIDTH, _HEIGHT = 4.0, 2.4  # inches at 72 units each


def curve_svgs(histories: Mapping[str, pd.DataFrame], title: str) -> list[str]:
    """Curves of one or more runs: a picture for each name, in it a line for each run that has the name.

    Args:
        histories: run name to columns step, name, value (long form); values that aren't finite break the
            line.
        title: of the pictures together, for screen readers.

    Returns:
        `<svg>` elements with text as text, in the order in which names first appear.

    Raises:
        TableError: when a column is missing.
    """
    for run, history in histories.items():
        missing = {"step", "name", "value"} - set(history.columns)
        if missing:
            raise TableError(
                f"history of {run!r} lacks {sorted(missing)}; it needs step, name, value "
                "(a wide table becomes one by melt('step', var_name='name'))"
            )
    names = list(dict.fromkeys(str(name) for history in histories.values() for name in history["name"]))
    return [inline_svg(f"{title}: {name}", partial(_draw_histories, histories, name)) for name in names]


def history(losses: pd.DataFrame) -> pd.DataFrame:
    """A wide table of a training (`step`, one column a name) in long form: step, name, value."""
    return losses.melt("step", var_name="name").dropna(ignore_index=True)


def inline_svg(title: str, draw: Callable[[Any], None]) -> str:
    """A picture as an `<svg>` element that stands in a page.

    Args:
        title: for screen readers.
        draw: draws it on matplotlib's axes.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    inked = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color")
    style = {
        "svg.fonttype": "none",
        "svg.hashsalt": title,  # the same ids each time, and others in each picture
        "font.family": "sans-serif",
        "font.size": 9.0,
        **dict.fromkeys(inked, _INK),
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.grid(alpha=0.15, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return _as_inline_svg(file.getvalue(), title)


def _draw_histories(histories: Mapping[str, pd.DataFrame], name: str, axes: Any) -> None:
    for index, (run, history) in enumerate(histories.items()):
        line = history[history["name"] == name]
        if line.empty:
            continue
        marker = "o" if len(line) < 3 else None  # a line through one point can't be seen
        colour = COLOURS[index % len(COLOURS)]
        axes.plot(line["step"], line["value"], color=colour, linewidth=1.5, marker=marker, label=run)
    axes.set_title(name.replace("_", " "), fontsize=10)
    axes.set_xlabel("step")
    if len(histories) > 1:
        axes.legend(frameon=False)


def _as_inline_svg(text: str, title: str) -> str:
    """Leave out what an element in a page doesn't need: prolog, metadata with its links, fixed size."""
    element = text[text.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>\s*", "", element, flags=re.DOTALL)
    element = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", element, count=1)
    element = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element, count=1)
    element = element.replace(_INK, "currentColor")
    return element.replace("<svg", f'<svg class="curves" role="img" aria-label="{escape(title)}"', 1)

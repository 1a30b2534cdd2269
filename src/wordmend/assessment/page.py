"""The page of assessed pictures: one HTML file that a person opens, without a server."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from wordmend.assessment.config import TextPair
from wordmend.assessment.gallery import Card, shown_score
from wordmend.assessment.overlay import legend_url
from wordmend.comments.entry import Dimension
from wordmend.evaluation.pages import page_template

PAGE_NAME = "assessment.html"
_FOLDER = Path(__file__).parent


def render_page(
    cards: Sequence[Card],
    count: int,
    problems: Mapping[str, str],
    texts: Mapping[Dimension, Sequence[TextPair]],
    limit: float,
) -> str:
    """The page as text.

    Args:
        cards: the pictures that are shown, the worst first.
        count: of all pictures that were assessed.
        problems: pictures that could not be read, with the reasons.
        texts: what was compared, by dimension.
        limit: scores below it are marked.
    """
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return page_template(_FOLDER / "page.html.jinja").render(
        cards=cards,
        count=count,
        problems=problems,
        texts=texts,
        dimensions=[(name, name.replace("_", " ")) for name in texts],
        limit=limit,
        legend=legend_url(),
        shown=shown_score,
        script=script,
        script_hash=digest,
    )

"""The page of assessed pictures: one HTML file that a person opens, without a server."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wordmend.assessment.config import TextPair
from wordmend.assessment.gallery import Card, shown_score
from wordmend.assessment.overlay import legend_url
from wordmend.comments.entry import Dimension
from wordmend.pages.template import PageScript, page_template

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
    return page_template(_FOLDER / "page.html.jinja").render(
        cards=cards,
        count=count,
        problems=problems,
        texts=texts,
        dimensions=[(name, name.replace("_", " ")) for name in texts],
        limit=limit,
        legend=legend_url(),
        shown=shown_score,
        script=PageScript.read(_FOLDER / "page.js"),
    )

"""What the pages on which people comment and judge have in common."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

# The tools beside a picture come after it and take some of its width. The picture, laid out by then, would be
# cut off at all four edges: so the tools' place is kept free.
_STYLE = """
.wm-row { display: flex; gap: 16px; align-items: flex-start; flex-wrap: wrap }
.wm-picture { flex: 1 1 240px; min-width: 0 }
.wm-picture .lsf-object { padding-right: 48px }
.wm-picture .lsf-toolbar { position: absolute; right: 0 }
"""


def start_page(style: str) -> tuple[Element, Element]:
    """An empty page with `style` (CSS) beside what all pages have; and the row on it for pictures."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Style").text = _STYLE + style
    return view, ElementTree.SubElement(view, "View", className="wm-row")


def add_picture(row: Element, name: str, heading: str, **source: str) -> Element:
    """A column with a picture that can be zoomed; gives the column.

    Label Studio takes uploads only for pages with one single picture at most: others are lists, if of one.

    Args:
        row: of `start_page`.
        name: of the picture.
        heading: above it, may be a field of the task (`$heading`).
        source: `value` or `valueList`, the field of the task.
    """
    column = ElementTree.SubElement(row, "View", className="wm-picture")
    ElementTree.SubElement(column, "Header", value=heading, size="5")
    looks = {"zoom": "true", "zoomControl": "true", "smoothing": "false"}
    ElementTree.SubElement(column, "Image", {"name": name, **source, **looks})
    return column


def as_xml(view: Element) -> str:
    """The page as a labelling configuration."""
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode")

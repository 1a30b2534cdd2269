"""Texts that the program makes itself, from the templates of the lexicon."""

from dataclasses import dataclass

from wordmend.comments.entry import Dimension, Region


@dataclass(frozen=True)
class PhrasePair:
    """Two templates with `{subject}` about the same thing."""

    dimension: Dimension
    defect: str
    """Tells of the defect."""
    good: str
    """Tells that it isn't there."""

    def filled(self, subject: str) -> "PhrasePair":
        """The pair with `subject` in its place; `subject` has no article ("image", "upper left area")."""
        defect, good = (text.format(subject=subject) for text in (self.defect, self.good))
        return PhrasePair(self.dimension, defect, good)


def place_of(region: Region, width: int, height: int, places: list[list[str]]) -> str:
    """The name of the ninth of an image (`width` by `height` pixels) that the middle of the region lies in.

    `places` has three rows from the top with three names each from the left.
    """
    column = min(2, int(3 * (region.x + region.width / 2) / width))
    row = min(2, int(3 * (region.y + region.height / 2) / height))
    return places[row][column]

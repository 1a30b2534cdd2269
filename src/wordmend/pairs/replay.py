"""The recipe of a synthesised pair: from it and the photograph the pair can be made again."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from wordmend.config import Config
from wordmend.degradations.recipe import Degraded, Recipe, apply_recipe
from wordmend.errors import ImageError, ParameterError
from wordmend.files import sha256_of
from wordmend.images.channels import FloatImage
from wordmend.images.reading import read_image
from wordmend.pairs.crops import Crop, cut_crop
from wordmend.pairs.print_tones import PrintTones


class PairRecipe(Config):
    """How a pair was made from its photograph; `ImagePair.recipe` is its JSON."""

    crop: Crop
    """What was cut out of the photograph."""
    size: Annotated[int, Field(ge=1)]
    """Side that the crop was scaled to, px."""
    channels: Literal[1, 3]
    """Channels the photograph was read with."""
    tones: PrintTones
    """What was done to the tones of the photograph."""
    degradations: list[dict[str, Any]]
    """What was done to `gt`: the JSON of a `Recipe`."""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.model_dump())

    @classmethod
    def from_json(cls, text: str) -> "PairRecipe":
        """Read what `to_json` wrote.

        Raises:
            ParameterError: the text is not the recipe of a pair.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ParameterError(f"not the recipe of an image pair: {text[:80]!r}: {error}") from error

    def recipe(self) -> Recipe:
        """What was done to `gt`; its `summary()` says it in words.

        Raises:
            ParameterError: an operation is unknown or incomplete.
        """
        return Recipe.from_json(json.dumps(self.degradations))


def replay_pair(
    photo_path: Path, recipe: str, photo_sha256: str | None = None
) -> tuple[FloatImage, Degraded]:
    """Make a synthesised pair again from its photograph and its recipe, to the same bytes.

    Args:
        photo_path: the photograph.
        recipe: `ImagePair.recipe`.
        photo_sha256: if given, the photograph must have this hash.

    Returns:
        `gt` (H, W, C), and what was made of it: `lq` (H, W, C) and the damage map (H, W).

    Raises:
        ImageError: the photograph can't be read or isn't the one the recipe was made for.
        ParameterError: the recipe isn't one.
    """
    steps = PairRecipe.from_json(recipe)
    if photo_sha256 is not None:
        check_unchanged(photo_path, photo_sha256)
    photo = read_image(photo_path, steps.channels)
    height, width = photo.shape[:2]
    crop = steps.crop
    if crop.x + crop.width > width or crop.y + crop.height > height:
        raise ImageError(f"{photo_path}: {width} x {height} pixels can't hold the recipe's crop ({crop})")
    gt = cut_crop(photo, crop, steps.size, steps.tones)
    return gt, apply_recipe(gt, steps.recipe())


def check_unchanged(path: Path, sha256: str) -> None:
    """Check that a file has the given hash.

    Raises:
        ImageError: it has another, or can't be read.
    """
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ImageError(f"{path}: can't be read: {error.strerror}") from error
    if found != sha256:
        raise ImageError(f"{path}: the file has changed: its SHA-256 is {found}, expected {sha256}")

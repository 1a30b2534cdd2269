"""Missing parts of free form: holes, lost corners and edges, tears, peeled emulsion, stains.

Each is a signed distance to a simple shape, warped by fractal noise: below 0 the picture is lost.
"""

import math
from typing import Annotated, Any, ClassVar, Literal

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from wordmend.degradations.blur import Angle
from wordmend.degradations.damage_config import MissingConfig
from wordmend.degradations.drawing import DECIMALS, choose, draw, draw_angle, draw_seed, one_of
from wordmend.degradations.fields import fractal_noise
from wordmend.degradations.operation import MISSING, Image, Layer, Plane, PrintDamage, Seed

Kind = Literal["blob", "corner", "edge", "border", "tear", "peeled", "stain"]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]

_WORDS: dict[str, str] = {
    "blob": "hole",
    "corner": "lost corner",
    "edge": "lost edge",
    "border": "worn border",
    "tear": "tear",
    "peeled": "peeled part",
    "stain": "stain",
}
_SHADES: dict[str, tuple[float, float, float]] = {
    "white": (0.97, 0.97, 0.97),
    "black": (0.03, 0.03, 0.03),
    "gray": (0.55, 0.55, 0.55),
    "paper": (0.9, 0.84, 0.7),
}
# Behind a torn print lies most often the paper that it is made of or glued to.
_SHADE_SHARES: dict[str, float] = {"paper": 0.6, "white": 0.2, "black": 0.1, "gray": 0.1}
_STAIN_SHADES: dict[str, tuple[float, float, float]] = {
    "coffee": (0.45, 0.31, 0.17),
    "mould": (0.24, 0.25, 0.2),
    "bleach": (0.93, 0.9, 0.82),
}


# A lost edge is shallower than a hole is wide, a tear longer; a tear is too narrow to be rough, and peeled
# emulsion breaks up into islands.
_SIZE_FACTOR: dict[str, float] = {"edge": 0.45, "border": 0.2, "tear": 2.0}
_ROUGHNESS_FACTOR: dict[str, float] = {"tear": 0.4, "peeled": 2.0}


class MissingPart(PrintDamage):
    """One missing part; `x` and `y` are fractions of width and height."""

    operation: ClassVar[str] = "missing_part"
    label: ClassVar[int] = MISSING
    kind: Kind
    x: Fraction
    """Centre of a hole; the corner, the side or the mouth of a tear where 0 or 1."""
    y: Fraction
    """Likewise, from the top."""
    size: Annotated[float, Field(gt=0.0)]
    """Radius of a hole, leg of a corner, depth of an edge or border, length of a tear, px."""
    aspect: Annotated[float, Field(ge=0.1, le=10.0)]
    """Length of one axis or leg relative to the other."""
    angle: Angle
    """Direction of a hole's longer axis or of a tear, degrees."""
    roughness: Fraction
    """How far the outline strays, fraction of `size`."""
    rim: Annotated[float, Field(ge=0.0)]
    """Width of the torn paper along the outline, px; 0 for a clean cut."""
    red: Fraction
    """Of what lies behind the print."""
    green: Fraction
    """Likewise."""
    blue: Fraction
    """Likewise."""
    opacity: Annotated[float, Field(ge=0.1, le=1.0)]
    """1 where the picture is gone; less where a stain lets some of it through."""
    seed: Seed
    """Of outline and surface."""

    def layer(self, height: int, width: int) -> Layer:
        """The missing part on a picture of `height` x `width` pixels."""
        rng = np.random.default_rng(self.seed)
        cell = max(self.size * (0.45 if self.kind == "peeled" else 0.9), 4.0)
        noise = fractal_noise(rng, height, width, cell=cell, octaves=5, persistence=0.55)
        distance = self._distance(height, width) + np.float32(self.roughness * self.size) * noise
        surface = 0.02 * fractal_noise(
            rng, height, width, cell=max(self.size, 8.0), octaves=6, persistence=0.8
        )
        colour = [surface + level for level in (self.red, self.green, self.blue)]
        if self.kind == "stain":
            # What is dissolved in a drop dries along its outline: the rim is the densest.
            depth = np.clip(-distance / np.float32(0.5 * self.size), 0.0, 1.0)
            density = np.clip(self.opacity * (1.15 - 0.3 * depth) + 3.0 * surface, 0.3, 1.0)
            outline = np.clip(0.5 - distance / max(1.0, 0.06 * self.size), 0.0, 1.0)
            return Layer(_plane(outline * density), _image(colour))
        inside = np.clip(0.5 - distance, 0.0, 1.0)  # soft over one pixel
        if self.rim > 0.0:
            # Torn paper shows its fibres: light beside a dark gap, in shade beside light paper.
            fibres = (0.93 if (self.red + self.green + self.blue) / 3 < 0.7 else 0.62) + 2.0 * surface
            torn = np.clip(distance + np.float32(self.rim) * (1.0 + 0.6 * noise[::-1, ::-1]), 0.0, 1.0)
            colour = [level + torn * (fibres - level) for level in colour]
        return Layer(_plane(inside * self.opacity), _image(colour))

    def describe(self) -> str:
        """Kind."""
        return _WORDS[self.kind]

    def _distance(self, height: int, width: int) -> Plane:
        """Signed distance to the smooth outline, `(H, W)`, px; below 0 is lost."""
        x = np.arange(width, dtype=np.float32)[None, :] + 0.5
        y = np.arange(height, dtype=np.float32)[:, None] + 0.5
        across = np.abs(x - np.float32(self.x * width))
        down = np.abs(y - np.float32(self.y * height))
        if self.kind == "corner":
            leg_x, leg_y = self.size, self.size * self.aspect
            return _plane((across / leg_x + down / leg_y - 1.0) * (leg_x * leg_y / math.hypot(leg_x, leg_y)))
        if self.kind == "edge":
            side = across if self.x in (0.0, 1.0) else down
            return np.broadcast_to(_plane(side - self.size), (height, width))
        if self.kind == "border":
            return _plane(np.minimum(np.minimum(x, width - x), np.minimum(y, height - y)) - self.size)
        cosine, sine = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        dx, dy = x - np.float32(self.x * width), y - np.float32(self.y * height)
        if self.kind == "tear":
            if self.y == 1.0 or (self.x == 1.0 and cosine > 0.0):
                cosine, sine = -cosine, -sine  # into the picture
            along = np.clip((cosine * dx + sine * dy) / self.size, 0.0, 1.0)
            beside = np.hypot(dx - along * (self.size * cosine), dy - along * (self.size * sine))
            return _plane(beside - (0.2 * self.size * self.aspect) * (1.0 - along))
        long, short = self.size, self.size / self.aspect
        radius = np.hypot((cosine * dx + sine * dy) / long, (cosine * dy - sine * dx) / short)
        return _plane((radius - 1.0) * min(long, short))


def sample_missing_part(
    rng: np.random.Generator, height: int, width: int, config: MissingConfig
) -> MissingPart:
    """Draw one missing part."""
    kind = choose(rng, config.shares())
    size = min(height, width) * draw(rng, config.size) * _SIZE_FACTOR.get(kind, 1.0)
    x, y = _place(rng, kind)
    angle = draw_angle(rng)
    if kind == "tear":  # within 50 degrees of straight inwards
        angle = round(((90.0 if y in (0.0, 1.0) else 0.0) + rng.uniform(-50.0, 50.0)) % 180.0, 1) % 180.0
    if kind == "stain":
        shade = _STAIN_SHADES[one_of(rng, list(_STAIN_SHADES))]
    else:
        shade = _SHADES[choose(rng, _SHADE_SHARES)]
    red, green, blue = (round(min(1.0, max(0.0, level + rng.normal(0.0, 0.02))), DECIMALS) for level in shade)
    roughness = draw(rng, config.roughness)
    paper_is_torn = kind in ("corner", "edge", "border", "tear") and rng.random() < 0.7
    return MissingPart.model_validate(
        {
            "kind": kind,
            "x": x,
            "y": y,
            "size": max(1.5, round(size, 2)),
            "aspect": draw(rng, (0.6, 1.6)) if kind in ("corner", "tear") else draw(rng, (1.0, 2.2)),
            "angle": angle,
            "roughness": min(1.0, round(roughness * _ROUGHNESS_FACTOR.get(kind, 1.0), DECIMALS)),
            "rim": round(min(height, width) * float(rng.uniform(0.006, 0.02)), 2) if paper_is_torn else 0.0,
            "red": red,
            "green": green,
            "blue": blue,
            "opacity": draw(rng, (0.6, 0.95)) if kind == "stain" else 1.0,
            "seed": draw_seed(rng),
        }
    )


def _place(rng: np.random.Generator, kind: str) -> tuple[float, float]:
    """Where a part of this kind is missing, as fractions of width and height."""
    x, y = (round(float(value), DECIMALS) for value in rng.uniform(0.05, 0.95, 2))
    side = float(rng.integers(2))
    if kind == "corner":
        return side, float(rng.integers(2))
    if kind in ("edge", "tear"):
        return (side, y) if rng.random() < 0.5 else (x, side)
    return x, y


def _image(planes: list[Plane]) -> Image:
    """Red, green and blue planes `(H, W)` as `(H, W, 3)` in [0, 1]."""
    return np.asarray(np.clip(cv2.merge(planes), 0.0, 1.0))


def _plane(values: npt.NDArray[np.floating[Any]]) -> Plane:
    return values.astype(np.float32, copy=False)

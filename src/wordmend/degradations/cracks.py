"""Cracks and folds: lines through the print along which the emulsion has come off."""

import math
from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from wordmend.degradations.canvas import Canvas, Path, jagged_path
from wordmend.degradations.damage_config import ScratchConfig
from wordmend.degradations.drawing import DECIMALS, chance, draw, draw_seed
from wordmend.degradations.fields import fractal_noise, profile, smooth_step
from wordmend.degradations.operation import SCRATCHES, Layer, Plane, PrintDamage, Seed
from wordmend.degradations.scratches import MIN_WIDTH, Opacity, Tone, sample_tone

Position = Annotated[float, Field(ge=-1.0, le=2.0)]
Point = tuple[float, float]


class _Line(PrintDamage):
    """A line through the print from `start` to `end`, positions as fractions of width and height."""

    label: ClassVar[int] = SCRATCHES
    start_x: Position
    """Fraction of the width; below 0 and above 1 it lies outside."""
    start_y: Position
    """Fraction of the height."""
    end_x: Position
    """Fraction of the width."""
    end_y: Position
    """Fraction of the height."""
    width: Annotated[float, Field(ge=MIN_WIDTH)]
    """Typical width, px."""
    flaking: Annotated[float, Field(ge=0.0, le=1.0)]
    """How much emulsion has come off beside the line."""
    opacity: Opacity
    """How much of the picture is covered where the line is deepest."""
    tone: Tone
    """Gray level of the bare paper."""
    seed: Seed
    """Of the course of the line and of the flakes."""

    def _ends(self, height: int, width: int) -> tuple[Point, Point]:
        return (self.start_x * width, self.start_y * height), (self.end_x * width, self.end_y * height)


class Crack(_Line):
    """A jagged crack with branches, bare paper in it, and a thin shadow under its lifted edge."""

    operation: ClassVar[str] = "crack"
    branches: Annotated[int, Field(ge=0, le=50)]
    """How many smaller cracks leave it."""

    def layer(self, height: int, width: int) -> Layer:
        """The crack on a picture of `height` x `width` pixels."""
        rng = np.random.default_rng(self.seed)
        canvas = Canvas(height, width)
        start, end = self._ends(height, width)
        trunk = jagged_path(rng, start, end, roughness=0.07)
        length = math.dist(start, end)
        direction = math.atan2(end[1] - start[1], end[0] - start[0])
        _draw_line(rng, canvas, trunk, self.width)
        for _ in range(self.branches):
            origin = trunk[rng.integers(8, len(trunk) - 8)]
            angle = direction + rng.choice([-1.0, 1.0]) * rng.uniform(0.4, 1.3)
            reach = length * rng.uniform(0.08, 0.3)
            tip = (origin[0] + reach * math.cos(angle), origin[1] + reach * math.sin(angle))
            branch = jagged_path(rng, (origin[0], origin[1]), tip, roughness=0.09, levels=5)
            _draw_line(rng, canvas, branch, 0.6 * self.width)
        core = canvas.coverage()
        bare = np.maximum(core, _flakes(rng, core, self.width, self.flaking))
        shadow = np.float32(0.6) * _shifted(bare, max(1.0, 0.4 * self.width))
        return _two_tone(bare, shadow, self.tone, self.opacity)

    def describe(self) -> str:
        """Kind."""
        return "crack"


class Fold(_Line):
    """A fold that was opened again: nearly straight, a light ridge, a dark valley, emulsion broken off."""

    operation: ClassVar[str] = "fold"

    def layer(self, height: int, width: int) -> Layer:
        """The fold on a picture of `height` x `width` pixels."""
        rng = np.random.default_rng(self.seed)
        start, end = self._ends(height, width)
        path = jagged_path(rng, start, end, roughness=0.006)
        ridge, valley = Canvas(height, width), Canvas(height, width)
        _draw_line(rng, ridge, path, 0.8 * self.width)
        normal = np.array([start[1] - end[1], end[0] - start[0]]) / max(math.dist(start, end), 1e-6)
        _draw_line(rng, valley, path + normal * self.width, 0.8 * self.width)
        core = ridge.coverage()
        bare = np.maximum(core, _flakes(rng, core, self.width, self.flaking))
        # The sheet stays bent beside the fold and turns away from the light.
        bend = cv2.GaussianBlur(core, (0, 0), 1.5 * self.width, borderType=cv2.BORDER_REFLECT_101)
        shadow = np.maximum(np.float32(0.7) * valley.coverage(), np.float32(0.5) * bend)
        return _two_tone(bare, shadow, self.tone, self.opacity)

    def describe(self) -> str:
        """Kind."""
        return "fold"


def sample_crack(rng: np.random.Generator, height: int, width: int, config: ScratchConfig) -> Crack:
    """Draw one crack, through the whole picture or from anywhere to anywhere near."""
    if chance(rng, config.whole_picture_probability):
        ends = _across(rng)
    else:
        x, y, angle, reach = (
            rng.uniform(0.1, 0.9),
            rng.uniform(0.1, 0.9),
            rng.uniform(0, 6.28),
            rng.uniform(0.2, 0.6),
        )
        ends = (x, y, x + reach * math.cos(angle), y + reach * math.sin(angle))
    return Crack.model_validate(
        {**_line_numbers(rng, height, width, config, ends), "branches": int(rng.integers(0, 4))}
    )


def sample_fold(rng: np.random.Generator, height: int, width: int, config: ScratchConfig) -> Fold:
    """Draw one fold through the whole picture."""
    return Fold.model_validate(_line_numbers(rng, height, width, config, _across(rng)))


def _line_numbers(
    rng: np.random.Generator,
    height: int,
    width: int,
    config: ScratchConfig,
    ends: tuple[float, float, float, float],
) -> dict[str, float]:
    return {
        **{
            name: round(float(value), DECIMALS)
            for name, value in zip(("start_x", "start_y", "end_x", "end_y"), ends, strict=True)
        },
        "width": max(MIN_WIDTH, round(min(height, width) * draw(rng, config.crack_width), 2)),
        "flaking": draw(rng, config.flaking),
        "opacity": draw(rng, config.opacity),
        "tone": sample_tone(rng, config),
        "seed": draw_seed(rng),
    }


def _across(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Start and end, a little outside, of a line from one side to the opposite or to a neighbouring one."""
    first, second = rng.uniform(0.05, 0.95, 2)
    if chance(rng, 0.3):  # over a corner
        side_x, side_y = (-0.02 if chance(rng, 0.5) else 1.02), (-0.02 if chance(rng, 0.5) else 1.02)
        return first, side_y, side_x, second
    return (-0.02, first, 1.02, second) if chance(rng, 0.5) else (first, -0.02, second, 1.02)


def _draw_line(rng: np.random.Generator, canvas: Canvas, path: Path, width: float) -> None:
    """A line of changing width and depth along `path`, fine at its end."""
    points = len(path)
    widths = width * np.clip(0.8 + 0.4 * profile(rng, points, knots=points // 4), 0.35, 2.0)
    depth = np.clip(0.9 + 0.25 * profile(rng, points, knots=points // 8), 0.35, 1.0)
    canvas.stroke(path, np.maximum(widths, 0.7 * MIN_WIDTH), depth)


def _flakes(rng: np.random.Generator, core: Plane, width: float, flaking: float) -> Plane:
    """Where emulsion has come off near `core`, `(H, W)` in [0, 1]: islands, rarer further away."""
    height, breadth = core.shape
    near = cv2.GaussianBlur(core, (0, 0), 2.5 * width, borderType=cv2.BORDER_REFLECT_101)
    near = np.minimum(near / np.float32(0.16), 1.0)  # about 1 on a line of this width, 0 three widths away
    noise = fractal_noise(rng, height, breadth, cell=6.0 * width, octaves=5, persistence=0.7)
    threshold = 2.6 - 1.2 * flaking
    flakes = smooth_step(1.5 * near + 0.8 * noise, threshold, threshold + 0.25)
    return np.asarray(flakes * np.minimum(3.0 * near, 1.0), dtype=np.float32)


def _shifted(plane: Plane, distance: float) -> Plane:
    """`plane` moved down and right by `distance` px, zeros coming in: light falls from the upper left."""
    matrix = np.array([[1.0, 0.0, distance], [0.0, 1.0, distance]])
    return np.asarray(cv2.warpAffine(plane, matrix, plane.shape[::-1]), dtype=np.float32)


def _two_tone(bare: Plane, shadow: Plane, tone: float, opacity: float) -> Layer:
    """Bare paper of gray level `tone` over a shadow; on a dark crack the edge beside it catches the light."""
    shade = np.float32(0.08 if tone > 0.5 else 0.85)
    covered = np.maximum(bare, shadow * (1.0 - bare))
    share = bare / np.maximum(covered, np.float32(1e-6))  # how much of what is seen is bare paper
    level = shade + np.minimum(share, 1.0) * (np.float32(tone) - shade)
    return Layer(covered * np.float32(opacity), level[:, :, None])

"""Scratches and dust on the print."""

import math
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from wordmend.degradations.blur import Angle
from wordmend.degradations.canvas import Canvas, curved_path
from wordmend.degradations.damage_config import ScratchConfig
from wordmend.degradations.drawing import chance, draw, draw_angle, draw_integer, draw_seed
from wordmend.degradations.fields import fractal_noise, profile, smooth_step
from wordmend.degradations.operation import SCRATCHES, Layer, PrintDamage, Seed, gray_colour

Opacity = Annotated[float, Field(gt=0.0, le=1.0)]
Tone = Annotated[float, Field(ge=0.0, le=1.0)]
Size = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=1, le=10_000)]

MIN_WIDTH = 1.0  # px; a thinner line is lost between the pixels
MIN_RADIUS = 0.6  # px


class Scratches(PrintDamage):
    """Scratches: slightly bent, of changing width and depth, broken where the point left the surface."""

    operation: ClassVar[str] = "scratches"
    label: ClassVar[int] = SCRATCHES
    count: Count
    """How many."""
    length: Size
    """Length of the longest, px; the shortest have a quarter of it."""
    width: Annotated[float, Field(ge=MIN_WIDTH)]
    """Typical width, px."""
    angle: Angle
    """Common direction, degrees from the x axis towards the y axis."""
    spread: Annotated[float, Field(ge=0.0, le=90.0)]
    """Standard deviation of the directions, degrees."""
    opacity: Opacity
    """How much of the picture is covered where a scratch is deepest."""
    tone: Tone
    """Gray level of the scratches."""
    seed: Seed
    """Of places, courses and shapes."""

    def layer(self, height: int, width: int) -> Layer:
        """The scratches on a picture of `height` x `width` pixels."""
        rng = np.random.default_rng(self.seed)
        canvas = Canvas(height, width)
        for _ in range(self.count):
            length = self.length * rng.uniform(0.25, 1.0)
            angle = math.radians(self.angle + rng.normal(0.0, self.spread))
            points = int(np.clip(length / 3.0, 8, 96))
            # From a point in the picture half a length back, so that the middle is in sight.
            x = rng.uniform(0.08, 0.92) * width - 0.5 * length * math.cos(angle)
            y = rng.uniform(0.08, 0.92) * height - 0.5 * length * math.sin(angle)
            path = curved_path(rng, (x, y), angle=angle, length=length, bend=0.25, points=points)
            ends = np.sin(np.linspace(0.0, math.pi, points)) ** 0.4
            varied = 1.0 + 0.3 * profile(rng, points, knots=max(4, points // 5))
            widths = np.maximum(self.width * rng.uniform(0.4, 1.0) * ends * varied, 0.7 * MIN_WIDTH)
            depth = 0.8 + 0.5 * profile(rng, points, knots=max(3, points // 6))
            # Never broken in the middle, or some would be no scratch at all.
            depth = np.maximum(depth, 1.0 - 5.0 * np.abs(np.linspace(-0.5, 0.5, points)))
            canvas.stroke(path, widths, np.where(depth > 0.3, np.clip(depth, 0.0, 1.0), 0.0))
        # The surface is not even either: the point skips over its pores.
        pores = smooth_step(fractal_noise(rng, height, width, cell=2.0 * self.width, octaves=2), -2.0, 0.2)
        return Layer(canvas.coverage() * pores * np.float32(self.opacity), gray_colour(self.tone))

    def describe(self) -> str:
        """Kind and number."""
        return "scratch" if self.count == 1 else f"{self.count} scratches"


class Dust(PrintDamage):
    """Dust and lint: irregular specks of many sizes, and a few curled fibres."""

    operation: ClassVar[str] = "dust"
    label: ClassVar[int] = SCRATCHES
    count: Count
    """How many specks."""
    radius: Annotated[float, Field(ge=MIN_RADIUS)]
    """Typical radius of a speck, px; a few are several times larger."""
    fibres: Annotated[int, Field(ge=0, le=1000)]
    """How many fibres."""
    opacity: Opacity
    """How much of the picture is covered by the densest."""
    tone: Tone
    """Gray level of the dust."""
    seed: Seed
    """Of places, courses and shapes."""

    def layer(self, height: int, width: int) -> Layer:
        """The dust on a picture of `height` x `width` pixels."""
        rng = np.random.default_rng(self.seed)
        canvas = Canvas(height, width)
        short = min(height, width)
        for _ in range(self.fibres):
            length = short * rng.uniform(0.04, 0.16)
            start = (rng.uniform(0.0, width), rng.uniform(0.0, height))
            angle = rng.uniform(0.0, 2 * math.pi)
            path = curved_path(rng, start, angle=angle, length=length, bend=1.8, points=16)
            thickness = np.full(16, max(0.7 * self.radius, 0.6 * MIN_WIDTH), dtype=np.float32)
            canvas.stroke(path, thickness, np.full(16, rng.uniform(0.5, 1.0), dtype=np.float32))
        # Log-normal, as particle sizes are.
        radii = np.clip(self.radius * rng.lognormal(-0.3, 0.55, self.count), 0.4, 0.02 * short + 0.6)
        centres = rng.uniform(0.0, 1.0, (self.count, 2)) * (width, height)
        opacities = rng.uniform(0.4, 1.0, self.count).tolist()
        for outline, opacity in zip(centres[:, None] + _specks(rng, radii), opacities, strict=True):
            canvas.polygon(outline, opacity)
        return Layer(canvas.coverage() * np.float32(self.opacity), gray_colour(self.tone))

    def describe(self) -> str:
        """Kind."""
        return "dust"


def sample_scratches(rng: np.random.Generator, height: int, width: int, config: ScratchConfig) -> Scratches:
    """Draw one set of scratches."""
    short = min(height, width)
    return Scratches(
        count=draw_integer(rng, config.scratch_count),
        length=max(1.0, round(short * draw(rng, config.scratch_length), 2)),
        width=max(MIN_WIDTH, round(short * draw(rng, config.scratch_width), 2)),
        angle=draw_angle(rng),
        spread=draw(rng, (3.0, 45.0)),
        opacity=draw(rng, config.opacity),
        tone=sample_tone(rng, config),
        seed=draw_seed(rng),
    )


def sample_dust(rng: np.random.Generator, height: int, width: int, config: ScratchConfig) -> Dust:
    """Draw one layer of dust."""
    return Dust(
        count=draw_integer(rng, config.dust_count),
        radius=max(MIN_RADIUS, round(min(height, width) * draw(rng, config.dust_size), 2)),
        fibres=int(rng.integers(0, 4)),
        opacity=draw(rng, config.opacity),
        tone=sample_tone(rng, config),
        seed=draw_seed(rng),
    )


def sample_tone(rng: np.random.Generator, config: ScratchConfig) -> float:
    """Gray level of a damage: light, where the paper shows, or dark, where dirt has settled."""
    return draw(rng, (0.02, 0.2) if chance(rng, config.dark_probability) else (0.8, 1.0))


def _specks(rng: np.random.Generator, radii: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Outlines `(N, 9, 2)` of irregular, lengthened specks of the given radii around the origin, px."""
    count = len(radii)
    angles = np.arange(9) * (2 * math.pi / 9) + rng.uniform(0.0, 2 * math.pi, (count, 1))  # (N, 9)
    distances = radii[:, None] * rng.uniform(0.6, 1.2, (count, 9))
    stretch = rng.uniform(1.0, 1.8, (count, 1))
    x, y = distances * np.cos(angles) * stretch, distances * np.sin(angles) / stretch
    turn = rng.uniform(0.0, math.pi, (count, 1))
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=2)

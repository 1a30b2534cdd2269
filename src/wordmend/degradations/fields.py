"""Smooth random fields and random profiles along a line, from which irregular shapes are made."""

import math

import cv2
import numpy as np

from wordmend.degradations.operation import Plane


def fractal_noise(
    rng: np.random.Generator,
    height: int,
    width: int,
    *,
    cell: float,
    octaves: int = 4,
    persistence: float = 0.5,
) -> Plane:
    """Fractal value noise `(H, W)`, mean about 0 and standard deviation about 1.

    Args:
        rng: where the random numbers come from.
        height: of the field, px.
        width: of the field, px.
        cell: size of the largest features, px; each octave halves it, as long as a pixel can show it.
        octaves: how many layers of ever smaller features.
        persistence: amplitude of a layer relative to the one before it.
    """
    field = np.zeros((height, width), dtype=np.float32)
    power = 0.0
    for octave in range(octaves):
        size = cell / 2**octave
        if octave and size < 1.5:
            break
        amplitude = persistence**octave
        grid_shape = (math.ceil(height / size) + 1, math.ceil(width / size) + 1)
        grid = rng.standard_normal(grid_shape, np.float32)
        # The eye sees the corners of linear interpolation in large features only.
        interpolation = cv2.INTER_CUBIC if octave < 2 else cv2.INTER_LINEAR
        layer: Plane = cv2.resize(grid, (width, height), interpolation=interpolation)
        layer *= amplitude
        field += layer
        power += amplitude**2
    # Interpolation takes a quarter of the deviation.
    field /= 0.75 * math.sqrt(power)
    return field


def profile(rng: np.random.Generator, points: int, knots: int) -> Plane:
    """Random values along a line `(points,)`, normal at `knots` places and linear in between."""
    places = np.linspace(0.0, knots - 1.0, points)
    values = np.interp(places, np.arange(knots), rng.standard_normal(knots))
    return np.asarray(values, dtype=np.float32)


def smooth_step(values: Plane, low: float, high: float) -> Plane:
    """0 below `low`, 1 above `high`, a soft S between."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)

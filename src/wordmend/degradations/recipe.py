"""What is done to one photograph: drawn, stored and replayed apart from each other."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from wordmend.config import nearest_name
from wordmend.degradations.blur import DefocusBlur, GaussianBlur, MotionBlur, sample_blur
from wordmend.degradations.compression import Jpeg, sample_jpeg
from wordmend.degradations.config import DegradationConfig
from wordmend.degradations.cracks import Crack, Fold, sample_crack, sample_fold
from wordmend.degradations.damage_config import MissingConfig, ScratchConfig
from wordmend.degradations.drawing import draw_integer, some_of
from wordmend.degradations.missing import MissingPart, sample_missing_part
from wordmend.degradations.noise import NOISES, sample_noise
from wordmend.degradations.operation import DamageMap, Image, ImageOperation, Operation, PrintDamage
from wordmend.degradations.resolution import LowResolution, sample_low_resolution
from wordmend.degradations.scratches import Dust, Scratches, sample_dust, sample_scratches
from wordmend.degradations.tone import Fading, Sepia, sample_fading, sample_sepia
from wordmend.errors import ImageError, ParameterError
from wordmend.images.channels import rounded_to_bytes

OPERATIONS: dict[str, type[Operation]] = {
    kind.operation: kind
    for kind in (
        *(GaussianBlur, MotionBlur, DefocusBlur, LowResolution, Fading, Sepia),
        *NOISES,
        *(Scratches, Dust, Crack, Fold, MissingPart, Jpeg),
    )
}
"""Every operation that a recipe can hold, by name."""

_SCRATCH_SAMPLERS: dict[str, Callable[[np.random.Generator, int, int, ScratchConfig], Operation]] = {
    "scratches": sample_scratches,
    "dust": sample_dust,
    "crack": sample_crack,
    "fold": sample_fold,
}


@dataclass(frozen=True)
class Recipe:
    """Operations in the order in which they are done."""

    operations: tuple[Operation, ...]

    def to_json(self) -> str:
        """A JSON list of `{"operation": name, ...}`, one an operation."""
        return json.dumps([{"operation": step.operation, **step.model_dump()} for step in self.operations])

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """The recipe that `to_json` wrote.

        Raises:
            ParameterError: `text` is no JSON list, or an operation is unknown or has a missing or wrong key.
        """
        try:
            steps = json.loads(text)
        except json.JSONDecodeError as error:
            raise ParameterError(f"recipe {text[:60]!r} is not JSON: {error}") from error
        if not isinstance(steps, list):
            raise ParameterError(f"recipe {text[:60]!r}: a JSON list of operations is wanted")
        return cls(tuple(_read_operation(index, step) for index, step in enumerate(steps)))

    def summary(self) -> str:
        """One line for people, such as "motion blur 7 px, film grain 0.06, crack, lost corner"."""
        counts = Counter(step.describe() for step in self.operations)
        words = [name if count == 1 else f"{name} (x{count})" for name, count in counts.items()]
        return ", ".join(words) or "nothing done"


@dataclass(frozen=True)
class Degraded:
    """A degraded image and where the print is damaged."""

    lq: Image
    """`(H, W, C)` in [0, 1], on the 256 levels of an 8-bit file."""
    damage: DamageMap
    """`(H, W)`: 0 intact, 1 scratches, dust, cracks and folds, 2 missing parts."""


def sample_recipe(rng: np.random.Generator, height: int, width: int, config: DegradationConfig) -> Recipe:
    """Draw what is done to an image of `height` x `width` pixels; one degradation at least.

    The order is that of a photograph's life: captured (blur, resolution), aged (fading, toning), its grain
    seen by the scanner, the print damaged, the scan compressed.
    """
    operations: list[Operation] = []
    for name in some_of(rng, config.probabilities()):
        operations += _sample_operations(rng, name, height, width, config)
    return Recipe(tuple(operations))


def apply_recipe(gt: Image, recipe: Recipe) -> Degraded:
    """Do to `gt` what `recipe` says. Deterministic: the same bytes each time, in any process.

    Args:
        gt: float32 `(H, W, C)` in [0, 1], C = 3 or 1, of the size the recipe was drawn for (at others the
            damage lies elsewhere); it is left as it is.
        recipe: operations in their order.

    Raises:
        ImageError: `gt` is not such an image.
    """
    _check_image(gt)
    image = gt
    damage: DamageMap = np.zeros(gt.shape[:2], dtype=np.uint8)
    for step in recipe.operations:
        if isinstance(step, PrintDamage):
            image, damage = step.damage_image(image, damage)
        else:
            assert isinstance(step, ImageOperation)
            # A sensor, film or scanner can't hold more than white or less than black.
            image = step.apply(image)
            np.clip(image, 0.0, 1.0, out=image)
    return Degraded(rounded_to_bytes(image), damage)


def _sample_operations(
    rng: np.random.Generator, name: str, height: int, width: int, config: DegradationConfig
) -> list[Operation]:
    if name == "scratches":
        return _sample_scratch_family(rng, height, width, config.scratches)
    if name == "missing":
        return _sample_missing_parts(rng, height, width, config.missing)
    samplers: dict[str, Callable[[], Operation]] = {
        "blur": lambda: sample_blur(rng, config.blur),
        "low_resolution": lambda: sample_low_resolution(rng, config.low_resolution),
        "fading": lambda: sample_fading(rng, config.fading),
        "sepia": lambda: sample_sepia(rng, config.sepia),
        "noise": lambda: sample_noise(rng, config.noise),
        "jpeg": lambda: sample_jpeg(rng, config.jpeg),
    }
    return [samplers[name]()]


def _sample_scratch_family(
    rng: np.random.Generator, height: int, width: int, config: ScratchConfig
) -> list[Operation]:
    return [_SCRATCH_SAMPLERS[kind](rng, height, width, config) for kind in some_of(rng, config.kinds())]


def _sample_missing_parts(
    rng: np.random.Generator, height: int, width: int, config: MissingConfig
) -> list[Operation]:
    return [sample_missing_part(rng, height, width, config) for _ in range(draw_integer(rng, config.count))]


def _read_operation(index: int, step: Any) -> Operation:
    if not isinstance(step, dict) or "operation" not in step:
        raise ParameterError(f"recipe operation {index}: {step!r} is no object with the key 'operation'")
    name = step["operation"]
    if not isinstance(name, str) or name not in OPERATIONS:
        hint = nearest_name(str(name), list(OPERATIONS))
        raise ParameterError(f"recipe operation {index}: unknown operation {name!r}{hint}")
    try:
        return OPERATIONS[name].model_validate(
            {key: value for key, value in step.items() if key != "operation"}
        )
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        where = f" key {key!r}:" if key else ""
        raise ParameterError(f"recipe operation {index} ({name}):{where} {first['msg']}") from error


def _check_image(gt: Image) -> None:
    if gt.dtype != np.float32 or gt.ndim != 3 or gt.shape[2] not in (1, 3) or not gt.size:
        raise ImageError(
            f"{gt.dtype} of shape {gt.shape} can't be degraded: float32 (H, W, 3) or (H, W, 1) is wanted"
        )
    low, high = float(gt.min()), float(gt.max())
    if not (low >= 0.0 and high <= 1.0):  # also refuses NaN
        raise ImageError(
            f"an image with values from {low:g} to {high:g} can't be degraded: scale it to [0, 1]"
        )

"""Restorers as ONNX files, which run without PyTorch, and in any language, on pictures of any size."""

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wordmend.errors import WeightsError, WordmendError
from wordmend.files import atomic_path
from wordmend.restorers.margin import restore_batch
from wordmend.restorers.networks import network_of
from wordmend.restorers.weights import Restorer

ONNX_NAME = "restorer.onnx"
PACKAGES = ("onnx", "onnxruntime", "onnxscript")

NOT_EXPORTABLE = {
    "Uformer": "it tells height and width from the number of pixels, so that its size can't stay open",
    "FFTformer": "it works on complex numbers, which ONNX's operators don't take",
}
"""Networks that can't be exported, and why; all others can."""

ONE_AT_A_TIME = frozenset({"SwinIR"})
"""Networks whose batch can't stay open: SwinIR works it out from the number of windows."""

TOLERANCE = 1e-4
"""How far a value of the file's output may be from PyTorch's: a fortieth of a level of 8 bits."""


class AnySize(nn.Module):
    """A restorer that puts a margin around its input and cuts it off itself: the graph takes any size.

    Args:
        network: `(B, C, H, W)` to the same shape, with H and W multiples of `multiple`.
        multiple: see `Network`.
    """

    def __init__(self, network: nn.Module, multiple: int) -> None:
        super().__init__()
        self.network = network
        self.multiple = multiple

    def forward(self, image: Tensor) -> Tensor:
        """Restore `(B, C, H, W)` in [0, 1] of any size from 1 x 1 on; clamped to [0, 1]."""
        return restore_batch(self.network, image, self.multiple).clamp(0, 1)


def export_onnx(restorer: Restorer, path: Path) -> None:
    """Write a restorer as an ONNX file that is complete or not there.

    Its input `image` and its output `restored` are float32 `(batch, C, height, width)` in [0, 1], of any
    height and width, and of any batch (1 for networks in `ONE_AT_A_TIME`). It computes what the network does
    on the whole picture, with a mirrored margin around it (`restore_batch`); tiles are the business of who
    runs it, as memory grows with the picture. Before the file gets its name, it is run and compared with
    PyTorch, as the exporter passes over what it couldn't keep open. The same weights give the same bytes.

    Args:
        restorer: what is exported; its network is left as it is.
        path: of the file.

    Raises:
        WeightsError: the network can't be exported (`NOT_EXPORTABLE`), or the file gives something else.
        WordmendError: a package is missing, or the file can't be written.
    """
    architecture = restorer.config.architecture
    if architecture in NOT_EXPORTABLE:
        raise WeightsError(
            f"{path}: {architecture} can't be written as ONNX: {NOT_EXPORTABLE[architecture]}. Use its "
            "safetensors, or train another network."
        )
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise WordmendError(
            f"{path}: writing ONNX needs {' and '.join(missing)}: pip install 'wordmend[onnx]'"
        )
    multiple = network_of(restorer.config).multiple
    batch, is_open = (1, {}) if architecture in ONE_AT_A_TIME else (2, {0: "batch"})
    # no size is special: neither one nor a multiple, and the sides differ
    example = torch.zeros(batch, restorer.config.channels, 2 * multiple + 3, 3 * multiple + 5)
    whole = AnySize(copy.deepcopy(restorer.network).cpu().float(), multiple).eval()
    with _quiet():
        program = torch.onnx.export(
            whole,
            (example,),
            dynamo=True,
            input_names=["image"],
            output_names=["restored"],
            dynamic_shapes=({**is_open, 2: "height", 3: "width"},),
            verbose=False,
        )
    assert program is not None, "with dynamo there is one"
    _without_traces(program.model)
    program.model.graph.outputs[0].shape = program.model.graph.inputs[0].shape
    with atomic_path(path) as temporary:
        program.save(temporary)
        difference = _difference(temporary, whole, example)
        if not difference <= TOLERANCE:  # also where it is not a number
            raise WeightsError(
                f"{path}: as ONNX, {architecture} with options {restorer.config.options} gives values that "
                f"are up to {difference:.2g} from PyTorch's, more than {TOLERANCE:g}. Use its safetensors."
            )


def _difference(path: Path, whole: AnySize, example: Tensor) -> float:
    """How far the file's output is from PyTorch's at most, on noise of two other sizes than the example's."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    found = 0.0
    for height, width in ((whole.multiple - 1, 2 * whole.multiple), (4 * whole.multiple, whole.multiple + 1)):
        image = torch.rand(1, example.shape[1], height, width, generator=generator)
        with torch.inference_mode():
            expected = whole(image)
        (restored,) = session.run(["restored"], {"image": image.numpy()})
        found = max(found, float((torch.from_numpy(restored) - expected).abs().max()))
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's hints to those who write networks."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _without_traces(model: Any) -> None:
    """Take out where in this machine's files each operation was written."""
    for part in (model, model.graph, *model.graph.all_nodes(), *model.functions.values()):
        part.metadata_props.clear()

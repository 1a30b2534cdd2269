"""What the `gpu` environment's restorer reaches on a GPU, with each of what makes it faster on and off."""

import statistics
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import torch
import yaml
from spandrel.architectures.NAFNet import NAFNet
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.steps import bare_step_of
from wordmend.restorers.layer_norm import speed_up_layer_norms

CONFIG = Path("conf/gpu/parameters_stage1.yml")
SWITCHES = ("channels_last", "fused_layer_norm", "compile")
SIDE = 256
WARM_UP, STEPS = 5, 20


def nafnet_settings(
    device: str = "cuda", options: dict[str, Any] | None = None, batch: int | None = None, side: int = SIDE
) -> dict[str, dict[str, Any]]:
    """Steps of stage 1 (forward, L1, backward, clipping, AdamW) in bf16, for all settings of the switches.

    Crops a second come with the share that the network's operations (its convolutions' and matrix products'
    alone, counted by PyTorch) have in what a large matrix product in bf16 reaches on the same device.

    Args:
        device: where.
        options: NAFNet's; None: those of the `gpu` environment, as its batch size.
        batch: crops a step.
        side: of the crops, px.

    Returns:
        By the names of the switches that are on; the baseline has none on.
    """
    stage1 = yaml.safe_load(CONFIG.read_text())["stage1"]
    options = options or stage1["options"]
    batch = batch or stage1["batch_size"]
    peak = _matrix_product_flops(device)
    found: dict[str, dict[str, Any]] = {}
    for on in product((False, True), repeat=len(SWITCHES)):
        chosen = dict(zip(SWITCHES, on, strict=True))
        step, flops = _step(device, options, batch, side, **chosen)
        times, memory = _timed(step, device)
        found["_".join(name for name in SWITCHES if chosen[name]) or "plain"] = {
            "seconds": statistics.median(times),
            "crops_per_second": batch / statistics.median(times),
            "peak_share": flops / statistics.median(times) / peak,
            "memory_mib": memory,
            "steps": times,
        }
    plain = found["plain"]["steps"]
    for row in found.values():
        ratios = [row["seconds"] / one for one in plain]
        del row["steps"]
        row |= {
            "baseline": "without channels-last, fused layer norm, compile",
            "ratio": row["seconds"] / statistics.median(plain),
            "ratio_min": min(ratios),
            "ratio_max": max(ratios),
            "rounds": STEPS,
        }
    return found


def _step(
    device: str,
    options: dict[str, Any],
    batch: int,
    side: int,
    channels_last: bool,
    fused_layer_norm: bool,
    compile: bool,
) -> tuple[Callable[[int], None], int]:
    """A step, and how many floating-point operations its forward and backward pass have."""
    torch.manual_seed(0)
    network: nn.Module = NAFNet(img_channel=3, **options).to(device)
    if fused_layer_norm:
        network = speed_up_layer_norms(network)
    lq, gt = (torch.rand(batch, 3, side, side, device=device) for _ in range(2))
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
        lq, gt = (image.contiguous(memory_format=torch.channels_last) for image in (lq, gt))

    def loss_of(restore: Callable[[Tensor], Tensor]) -> Tensor:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            return (restore(lq) - gt).abs().mean()

    with FlopCounterMode(display=False) as counter:
        loss_of(network).backward()  # type: ignore[no-untyped-call]
    network.zero_grad()
    restore = torch.compile(network) if compile else network
    return bare_step_of(network, lambda _: loss_of(restore)), counter.get_total_flops()


def _timed(step: Callable[[int], object], device: str) -> tuple[list[float], float | None]:
    """Seconds of each step after some to warm up, and the most memory on the device in MiB."""
    on_gpu = torch.device(device).type == "cuda"
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    times = []
    for number in range(WARM_UP + STEPS):
        begun = time.perf_counter()
        step(number)
        wait()  # type: ignore[no-untyped-call]
        times.append(time.perf_counter() - begun)
    return times[WARM_UP:], torch.cuda.max_memory_allocated() / 2**20 if on_gpu else None


def _matrix_product_flops(device: str) -> float:
    """Floating-point operations a second of a large matrix product in bf16."""
    side = 8192 if torch.device(device).type == "cuda" else 512
    one, other = (torch.rand(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    times, _ = _timed(lambda _: torch.mm(one, other), device)
    return 2 * side**3 / min(times)

"""PyTorch devices by name."""

import torch

from wordmend.errors import ParameterError


def torch_device(name: str) -> torch.device:
    """The device of a name (`cpu`, `cuda`, `cuda:1`); `auto` is the GPU if there is one.

    Raises:
        ParameterError: it can't be used here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # AssertionError: a PyTorch that is built without CUDA
        raise ParameterError(f"device {name!r} can't be used: {error}; set device to auto or cpu") from error
    return device


def trains_on_cpu(name: str) -> bool:
    """Whether a training whose device is `auto` or `cpu` is on the CPU."""
    return name == "cpu" or not torch.accelerator.is_available()

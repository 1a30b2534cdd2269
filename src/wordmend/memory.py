"""Memory: how much is free, whether it is short, and how the C library deals with it."""

import ctypes
import gc

import psutil
import torch

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h
_LARGEST = 2**31 - 1


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a GPU, or in the machine."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is short; PyTorch has no class of its own for that on CPUs."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def keep_freed_memory() -> None:
    """Have glibc keep freed blocks for what comes next, from now on; elsewhere nothing changes.

    By default it gives large blocks back to the system at once. On a CPU every step of a training, and every
    tile of a picture, then gets its activations page by page from the kernel, which takes a sixth of a step
    and a third of a tile with the default restorer; kept, they cost about a tenth more memory.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, _LARGEST)


def give_back_freed_memory() -> None:
    """Have glibc give the system all that it keeps free: after something large, before something else."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # another C library
        return

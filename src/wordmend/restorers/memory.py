"""Whether memory is short."""

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is short; PyTorch has no class of its own for that on CPUs."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)

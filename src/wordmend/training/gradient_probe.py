"""How strongly each term of a loss pulls at a tensor, found in the backward pass that there is anyway."""

import torch
from torch import Tensor


class GradientProbe:
    """Norms of a loss's gradient in a tensor that several terms start from, apart for each term.

    A term is computed from what `watch` gives instead of the tensor. The norms are there after the backward
    pass; they don't depend on what the loss is multiplied with before it (shares of a batch, fp16's scale).
    """

    def __init__(self) -> None:
        self._norms: dict[str, Tensor] = {}
        self._factor: Tensor | None = None

    def watch(self, term: str, tensor: Tensor) -> Tensor:
        """The tensor again, for one term."""
        norm = self._norms[f"gradient/{term}"] = torch.zeros((), device=tensor.device)
        watched = tensor.view_as(tensor)
        if watched.requires_grad:
            watched.register_hook(lambda gradient: self._note(norm, gradient))  # type: ignore[no-untyped-call]
        return watched

    def norms(self, loss: Tensor) -> dict[str, Tensor]:
        """The norms by the name `gradient/<term>`, scalars that are 0 until the backward pass of `loss`."""
        if loss.requires_grad:
            loss.register_hook(self._note_factor)  # type: ignore[no-untyped-call]
        return self._norms

    def _note_factor(self, gradient: Tensor) -> None:
        self._factor = gradient  # the first one of the backward pass: what the loss was multiplied with

    def _note(self, norm: Tensor, gradient: Tensor) -> None:
        assert self._factor is not None
        norm.copy_(torch.linalg.vector_norm(gradient.float()) / self._factor)

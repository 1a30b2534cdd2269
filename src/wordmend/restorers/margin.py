"""What a restorer sees beyond the border of a picture: the picture, mirrored.

A convolution fills up with zeros there. Beside such a border a restorer that has learned what torn edges and
lost corners look like sees them in every white cloud that touches it.
"""

from collections.abc import Callable

from torch import Tensor

from wordmend.images.tensors import mirrored

MARGIN = 8
"""px on each side. More gives no more."""


def restore_batch(network: Callable[[Tensor], Tensor], batch: Tensor, multiple: int) -> Tensor:
    """Restore whole pictures with a margin around them, `(B, C, H, W)` to the same shape.

    Args:
        network: maps `(B, C, H, W)` to the same shape.
        batch: pictures of any size.
        multiple: sides of the network's input are multiples of it, px.
    """
    height, width = batch.shape[2:]
    rows, columns = (mirrored(length, multiple, batch.device, MARGIN) for length in (height, width))
    restored = network(batch.index_select(2, rows).index_select(3, columns))
    return restored[..., MARGIN : MARGIN + height, MARGIN : MARGIN + width]

"""A restorer for pictures as they stand in files: of any size, depth and number of channels."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from wordmend.devices import torch_device
from wordmend.errors import ImageError, WordmendError
from wordmend.images.channels import FloatImage, Pixels
from wordmend.images.picture import Picture
from wordmend.images.picture_writing import write_pictures
from wordmend.images.reading import count_pictures, read_pictures
from wordmend.images.tensors import from_pixels, luma_of, put_pixels
from wordmend.images.videos import check_videos_can_be_read, is_video
from wordmend.memory import is_out_of_memory, keep_freed_memory
from wordmend.progress import progress_bar
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.coring import core
from wordmend.restoration.difference import measure_difference
from wordmend.restoration.grain import KeepGrain
from wordmend.restoration.restored_file import RestoredFile
from wordmend.restoration.tile_size import SMALLEST, tile_for
from wordmend.restoration.tiling import restore_bands
from wordmend.restorers.networks import network_of
from wordmend.restorers.weights import Restorer, load_restorer

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE = 256
"""Rows that are looked at together for colour."""


class PictureRestorer:
    """Restores pictures, and leaves of them as it is what is not to be restored.

    A picture keeps its size, depth, transparency and metadata. Gray stays gray, also as RGB with three equal
    channels. A restorer of gray changes the brightness of RGB and not its colours.

    Args:
        restorer: network and configuration; the network is moved to the device.
        config: tile, overlap, strength, least change, grain, device and what is too large; the others are
            not looked at.

    Raises:
        ParameterError: the device isn't there, or its memory is too small.
    """

    def __init__(self, restorer: Restorer, config: RestoreConfig | None = None) -> None:
        self.config = config or RestoreConfig()
        self.channels = restorer.config.channels
        self.multiple = network_of(restorer.config).multiple
        self.device = torch_device(self.config.device)
        self.network = restorer.network.eval().to(self.device)
        self.network.to(memory_format=torch.channels_last)  # half the time on CPUs
        if self.config.grain:
            self.network = KeepGrain(self.network, self.config.grain)
        keep_freed_memory()
        self.tile = self.config.tile or tile_for(self.network, self.channels, self.multiple, self.device)

    @classmethod
    def load(cls, folder: Path, config: RestoreConfig | None = None) -> "PictureRestorer":
        """With the weights in a folder.

        Raises:
            WeightsError: there are none.
        """
        return cls(load_restorer(folder), config)

    def restore_file(self, source: Path, target: Path, mask: FloatImage | None = None) -> RestoredFile:
        """Restore all pictures of a file into another, which is whole or not there.

        Args:
            source: any image file, or a video where PyAV is installed.
            target: .png, .tif or .webp; of a video .mkv. Folders are made.
            mask: see `restore`; of all pictures or frames of the file.

        Raises:
            ImageError: the source can't be read, or the target is of another kind.
            WordmendError: the target can't be written.
        """
        if is_video(source):
            check_videos_can_be_read(source)
            from wordmend.restoration.video import restore_video

            restore = partial(self.restore, mask=mask)
            return restore_video(source, target, restore, self.config.video, self.config.max_pixels)
        changes: list[str] = []
        differences: list[float] = []

        def restored(picture: Picture) -> Picture:
            result = self.restore(picture, mask)
            changes.extend(picture.changes)
            differences.append(measure_difference(picture, result).mean)
            return result

        # a picture is not kept here while its result is written: it may be large
        pictures = map(restored, read_pictures(source, max_pixels=self.config.max_pixels))
        write_pictures(target, pictures, count=count_pictures(source))
        return RestoredFile(len(differences), tuple(dict.fromkeys(changes)), tuple(differences))

    def restore(self, picture: Picture, mask: FloatImage | None = None) -> Picture:
        """Restore a picture; where memory is short, in smaller tiles from then on.

        Args:
            picture: any.
            mask: where to restore, `(H, W)` in [0, 1]: 0 leaves the pixel as it is. None: everywhere.

        Raises:
            ImageError: the mask has another size.
            WeightsError: the network puts out values that are not numbers, or another size.
            WordmendError: the memory is too small for the smallest tile.
        """
        shape = picture.pixels.shape[:2]
        if mask is not None and mask.shape != shape:
            raise ImageError(
                f"the mask has {mask.shape[1]} x {mask.shape[0]} pixels, its picture {shape[1]} x {shape[0]}"
            )
        while True:
            try:
                pixels = self._restored(picture.pixels, mask)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if self.tile <= SMALLEST:
                    raise WordmendError(
                        f"not enough memory for a tile of {self.tile} px; end other programs, or set device"
                    ) from error
                self.tile = max(self.tile // 2, SMALLEST)
                logger.warning("not enough memory: going on with tiles of %d px", self.tile)
            else:
                return replace(picture, pixels=pixels)

    def _restored(self, pixels: Pixels, mask: FloatImage | None) -> Pixels:
        source = pixels[..., :1] if _is_gray(pixels) else pixels
        restored, top = np.empty_like(pixels), 0
        with progress_bar("rows of the picture", total=len(pixels), unit="row") as bar:
            for before, band in self._bands(source):
                rows = slice(top, top + len(band))
                change = core(_like(band, before) - before, self.config.least_change)
                change *= self.config.strength
                if mask is not None:
                    change *= from_pixels(mask[rows], self.device)[..., None]
                put_pixels(change.add_(before), restored[rows])
                top = rows.stop
                bar.update(len(band))
        return restored

    def _bands(self, source: Pixels) -> Iterator[tuple[Tensor, Tensor]]:
        return restore_bands(
            self.network,
            source,
            tile=max(self.tile, self.multiple),
            overlap=min(self.config.overlap, self.tile // 2),
            channels=self.channels,
            multiple=self.multiple,
            device=self.device,
        )


def _is_gray(pixels: Pixels) -> bool:
    """Whether all channels are the same; most pictures tell by their first rows that they are not."""
    parts = (pixels[top : top + _ROWS_AT_ONCE] for top in range(0, len(pixels), _ROWS_AT_ONCE))
    return pixels.shape[2] == 1 or all(
        bool((part[..., 0] == part[..., 1]).all() and (part[..., 0] == part[..., 2]).all()) for part in parts
    )


def _like(band: Tensor, before: Tensor) -> Tensor:
    """A restored band with as many channels as it had before."""
    if before.shape[2] == 1:
        return luma_of(band)
    return before + (band - luma_of(before)) if band.shape[2] == 1 else band

"""Frames of a video as RGB, and back so that what was not changed stays as it is, bit by bit."""

from typing import Any

import numpy as np
from av.codec.codec import find_best_pix_fmt_of_list
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from wordmend.errors import ImageError
from wordmend.images.channels import Pixels

_RGB = "rgb48le"  # 16 bits, so that nothing is rounded away
_EXACT = int(
    Interpolation.BICUBIC
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.ACCURATE_RND
    | Interpolation.BITEXACT
)


def nearest_format(frame: VideoFrame, formats: list[str]) -> str:
    """The one of an encoder's pixel formats that loses least of a frame."""
    name = frame.format.name.replace("yuvj", "yuv")  # the range stands in the frame
    best, _ = find_best_pix_fmt_of_list(formats, name, has_alpha=True)
    assert best is not None, f"no pixel format for {name} among {formats}"
    return best.name


def in_format(frame: VideoFrame, name: str) -> VideoFrame:
    """A frame in another pixel format, with the same range and colours."""
    if frame.format.name == name:
        return frame
    if frame.format.is_rgb and not VideoFormat(name).is_rgb:
        return frame.reformat(
            format=name,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709,
            interpolation=_EXACT,
        )
    range_ = ColorRange.JPEG if frame.format.name.startswith("yuvj") else frame.color_range
    return frame.reformat(format=name, src_color_range=range_, dst_color_range=range_, interpolation=_EXACT)


def rgb_of(frame: VideoFrame) -> Pixels:
    """RGB `(H, W, 3)` uint16 of a frame, by its own matrix and range."""
    rgb = frame.reformat(format=_RGB, dst_color_range=ColorRange.JPEG, interpolation=_EXACT)
    return np.asarray(rgb.to_ndarray(), dtype=np.uint16)


def change_frame(frame: VideoFrame, before: Pixels, after: Pixels) -> None:
    """Add to a frame what changed of its RGB: where nothing did, every bit stays.

    Args:
        frame: is written to; of 16 bits or less, little-endian.
        before: what `rgb_of` gave.
        after: of the same shape.

    Raises:
        ImageError: its rows stand in memory from the last to the first.
    """
    if np.array_equal(before, after):
        return
    if any(plane.line_size < 0 for plane in frame.planes):
        raise ImageError("its pictures stand upside down in memory, which is not supported")
    frame.make_writable()
    found, wanted = _like(frame, before), _like(frame, after)
    bits = max(component.bits for component in frame.format.components)
    depth = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    for plane, old, new in zip(frame.planes, found.planes, wanted.planes, strict=True):
        samples, was, becomes = (_samples(each, depth) for each in (plane, old, new))
        width = min(samples.shape[1], was.shape[1], becomes.shape[1])  # rows are padded, each as it likes
        changed = samples[:, :width] + becomes[:, :width] - was[:, :width]
        samples[:, :width] = changed.clip(0, 2**bits - 1)
        plane.update(samples.astype(depth).tobytes())


def _samples(plane: VideoPlane, depth: np.dtype[Any]) -> NDArray[np.int32]:
    return np.frombuffer(bytes(plane), depth).reshape(plane.height, -1).astype(np.int32)


def _like(frame: VideoFrame, rgb: Pixels) -> VideoFrame:
    made = VideoFrame.from_ndarray(np.ascontiguousarray(rgb, np.uint16), format=_RGB)
    is_rgb = frame.format.is_rgb
    unknown = ColorRange.JPEG if is_rgb else ColorRange.MPEG
    return made.reformat(
        format=frame.format.name,
        src_color_range=ColorRange.JPEG,
        dst_color_range=frame.color_range or unknown,
        dst_colorspace=frame.colorspace,
        interpolation=_EXACT,
    )

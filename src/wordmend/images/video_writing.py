"""Frames into Matroska, with all else that the video they come from has."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import av
import numpy as np
from av.codec.codec import Codec
from av.container import OutputContainer
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from wordmend.images.matroska import set_display_ratio
from wordmend.images.video_copying import BACKWARDS, StreamCopies, lasting
from wordmend.images.video_frames import in_format, nearest_format
from wordmend.images.video_reading import Video

VideoCodec = Literal["ffv1", "h264"]
"""Of `RestoreConfig.video`."""

_ENCODERS = {"ffv1": "ffv1", "h264": "libx264"}
_OPTIONS = {
    # as archives want it: version 3, each frame by itself, with checksums
    "ffv1": {"level": "3", "g": "1", "slicecrc": "1"},
    "h264": {"crf": "16", "preset": "medium"},  # little loss is seen; 4 to 40 times smaller
}
_PLAYED = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"]  # of H.264
_TICK = Fraction(1, 1000)  # seconds; of time stamps in Matroska
_LOST = {  # what is told beside frames, and FFV1 in Matroska has no place for by PyAV
    "A53_CC": "closed captions in the frames",
    "CONTENT_LIGHT_LEVEL": "light levels (HDR)",
    "DOVI_METADATA": "Dolby Vision data",
    "DYNAMIC_HDR_PLUS": "HDR10+ data",
    "MASTERING_DISPLAY_METADATA": "colours of the mastering display (HDR)",
}


class VideoWriter:
    """Writes a video like another one: its size, rate, time stamps, colours, rotation and other streams.

    Args:
        container: opened for writing, Matroska.
        video: the other one.
        codec: `ffv1` is without loss; `h264` with little that is seen.
    """

    def __init__(self, container: OutputContainer, video: Video, codec: VideoCodec) -> None:
        self.changes: list[str] = []
        """What the video doesn't have of the other one, or has otherwise, in words."""
        pixels = video.stream.sample_aspect_ratio or Fraction(1)
        self.shape = None if pixels == 1 else pixels * Fraction(video.stream.width, video.stream.height)
        """Width to height, as it is to be shown; None: as many as it has pixels."""
        self._container = container
        self._video = video
        self._codec: VideoCodec = codec
        self._format: str | None = None
        self._last: int | None = None
        rate = video.stream.average_rate or video.stream.guessed_rate or Fraction(25)
        stream = container.add_stream(_ENCODERS[codec], rate=rate, options=_OPTIONS[codec])
        assert isinstance(stream, VideoStream)
        self._stream = stream
        self._step = max(round(1 / (rate * self._time_base)), 1)
        self.copies = StreamCopies(container, video.others, self.tell)
        """Takes the packets of the other streams."""
        container.metadata.update(lasting(video.container.metadata))
        container.set_chapters(video.container.chapters())

    @property
    def _time_base(self) -> Fraction:
        return self._video.stream.time_base or _TICK

    def as_written(self, frame: VideoFrame) -> VideoFrame:
        """A frame in the pixel format of the encoder, which holds all that the frame has."""
        told = _told_beside(frame)
        if self._format is None:
            self._format = nearest_format(frame, self._formats(frame))
            if self._codec == "h264" and frame.format.name.replace("yuvj", "yuv") != self._format:
                self.tell(f"pixels became {self._format}, from {frame.format.name}")
            self._begin(in_format(frame, self._format), told.get("DISPLAYMATRIX"))
        for name, what in _LOST.items() if self._codec == "ffv1" else ():
            if name in told:
                self.tell(f"{what} are left out")
        return in_format(frame, self._format)

    def write(self, frame: VideoFrame) -> None:
        """Encode a frame that `as_written` gave; it has its own time stamp."""
        frame.time_base = self._time_base
        frame.pts = self._time(frame.pts)
        if frame.pts * self._time_base % _TICK:
            self.tell("time stamps are rounded to milliseconds")
        frame.pict_type = PictureType.NONE  # the encoder chooses
        self._container.mux(self._stream.encode(frame))
        self.copies.begin()

    def finish(self) -> None:
        """Write what the encoder still has."""
        self._container.mux(self._stream.encode(None))

    def _time(self, pts: int | None) -> int:
        earliest = None if self._last is None else self._last + 1
        if pts is None:
            pts = 0 if self._last is None else self._last + self._step
            self.tell("frames without a time stamp follow at the frame rate")
        elif earliest is not None and pts < earliest:
            pts = earliest
            self.tell(BACKWARDS)
        self._last = pts
        return pts

    def tell(self, change: str) -> None:
        """Note a change, once."""
        if change not in self.changes:
            self.changes.append(change)

    def _formats(self, frame: VideoFrame) -> list[str]:
        if self._codec == "h264":  # where colours are shared by two pixels, sides have to be even
            odd = {"420": (frame.width | frame.height) % 2, "422": frame.width % 2, "444": 0}
            possible = [name for name in _PLAYED if not odd[name[3:6]]]
            is_gray = len(frame.format.components) == 1  # any will do: the first, which is played most
            return [name for name in possible if name.startswith(possible[0])] if is_gray else possible
        formats = Codec(_ENCODERS[self._codec], "w").video_formats or ()
        return [each.name for each in formats if not each.is_big_endian and "f" not in each.name]

    def _begin(self, frame: VideoFrame, matrix: bytes | None) -> None:
        """Say what the encoder and the container have to know before the first frame."""
        stream, context, source = self._stream, self._stream.codec_context, self._video.stream
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, frame.format.name
        context.time_base = self._time_base
        context.sample_aspect_ratio = source.sample_aspect_ratio or Fraction(0, 1)
        context.color_range, context.colorspace = frame.color_range, frame.colorspace
        context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
        context.field_order = source.codec_context.field_order
        stream.metadata.update(lasting(source.metadata))
        stream.disposition = source.disposition
        if matrix is not None:
            stream.set_display_matrix(np.frombuffer(matrix, np.int32).tolist())
        elif frame.rotation:
            stream.set_display_rotation(frame.rotation)


@contextmanager
def video_writer(path: Path, video: Video, codec: VideoCodec) -> Iterator[VideoWriter]:
    """A `VideoWriter` into a file, which is a whole video when the block ends well.

    Raises:
        FFmpegError: the encoder or the container refuses.
        OSError: the file can't be written.
    """
    # sound may start before the first frame: nothing is shifted for that
    options = {"avoid_negative_ts": "disabled"}
    with path.open("wb") as file:
        container = av.open(file, "w", "matroska", container_options=options)
        writer = VideoWriter(container, video, codec)
        yield writer
        writer.finish()
        container.close()  # not after an error, whose place an error of closing would take
    if writer.shape is not None and not set_display_ratio(path, writer.shape):
        writer.tell("the shape of the pixels stands in the frames alone")


def _told_beside(frame: VideoFrame) -> dict[str, bytes]:
    """What is told beside a frame, by PyAV's names. To be asked before it is changed: PyAV keeps pointers."""
    try:
        return {data.type.name: bytes(data) for data in cast(SideDataContainer, frame.side_data)}
    except ValueError:  # there is something of a kind that PyAV doesn't know, and then it tells nothing
        return {}

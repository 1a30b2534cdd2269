"""Video files into frames. Every failure is an `ImageError` that names the file and says why.

A file is only ever read through the handle that is opened here: formats that lead to other files or into the
network (playlists, concatenations) are not among those that are tried, and no protocol is allowed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from wordmend.errors import ImageError
from wordmend.images.reading import open_file

# As FFmpeg calls them; a format that is not listed here is never tried.
_FORMATS = ("asf", "avi", "dv", "flv", "matroska", "mov", "mpeg", "mpegts", "mpegvideo", "mxf", "ogg")
_EXPLODE = {"err_detect": "crccheck+explode"}  # damage is told, not covered up
_CAREFUL = {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "none"} | _EXPLODE
_HEADER_HAS_LENGTH = ("avi", "matroska", "mov")  # others estimate it


@dataclass(frozen=True)
class Video:
    """An opened video file."""

    path: Path
    container: InputContainer
    stream: VideoStream
    """The frames: the first video stream that is no cover picture."""

    @property
    def others(self) -> list[Stream]:
        """All other streams: sound, subtitles, attachments, data."""
        return [stream for stream in self.container.streams if stream.index != self.stream.index]

    @property
    def frames(self) -> int | None:
        """About how many; None: not known."""
        rate = self.stream.average_rate
        if self.stream.frames or not (rate and self.container.duration):
            return self.stream.frames or None
        return round(self.container.duration / av.time_base * rate)

    def parts(self) -> "Iterator[VideoFrame | Packet[Stream]]":  # a packet has no types when it runs
        """Frames, decoded one by one, and packets of the other streams, in the order of the file.

        Raises:
            ImageError: the file is damaged or truncated, has no frames, or frames of several sizes.
        """
        count, end, size = 0, 0.0, (0, 0)
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                is_ours = packet.stream.index == self.stream.index
                frames = self.stream.decode(packet) if is_ours else []
            except Exception as error:  # decoders raise all sorts of errors on damaged data
                raise self._damaged(count, ffmpeg_reason(error)) from error
            if is_ours and (packet.is_corrupt or any(frame.is_corrupt for frame in frames)):
                raise self._damaged(count, "what follows is marked as damaged")
            if packet.pts is not None and packet.time_base is not None:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if not is_ours and packet.size:
                yield packet
            for frame in frames:
                count += 1
                size = size if count > 1 else (frame.width, frame.height)
                if (frame.width, frame.height) != size:
                    raise ImageError(
                        f"{self.path}: frame {count} has {frame.width} x {frame.height} pixels, the first "
                        f"one {size[0]} x {size[1]}; split the video where the size changes"
                    )
                yield frame
        self._check_end(count, end)

    def _damaged(self, count: int, reason: str) -> ImageError:
        return ImageError(
            f"{self.path}: damaged or truncated after frame {count}: {reason}; to restore what is there, "
            "let FFmpeg make a copy that covers the damage: ffmpeg -i FILE -c:v ffv1 -c:a copy COPY.mkv"
        )

    def _check_end(self, count: int, end: float) -> None:
        if not count:
            raise ImageError(f"{self.path}: a video without frames")
        length = (self.container.duration or 0) / av.time_base
        start = (self.container.start_time or 0) / av.time_base
        known = any(name in _HEADER_HAS_LENGTH for name in self.container.format.name.split(","))
        if known and end - start < length - min(0.5, length / 4):
            raise ImageError(f"{self.path}: truncated: {end - start:.1f} of {length:.1f} seconds are there")


@contextmanager
def opened_video(path: Path, max_pixels: int) -> Iterator[Video]:
    """Open a video file.

    Args:
        path: the file.
        max_pixels: largest number of pixels of a frame that is accepted; checked before one is decoded.

    Raises:
        ImageError: the file is missing, a directory, not readable, empty, not a video, without pictures or
            a decoder for them, or its frames are larger than `max_pixels`.
    """
    limit = {"max_pixels": str(max_pixels)}
    with open_file(path) as file:
        try:
            container = av.open(
                file,
                options=limit,
                container_options=_CAREFUL,
                metadata_errors="replace",
            )
        except Exception as error:  # as in `Video.parts`
            raise ImageError(
                f"{path}: not a video that can be read ({', '.join(_FORMATS)}): {ffmpeg_reason(error)}"
            ) from error
        assert isinstance(container, InputContainer)
        with container:
            stream = _pictures(path, container, max_pixels)
            stream.codec_context.options = limit | _EXPLODE
            yield Video(path, container, stream)


def _pictures(path: Path, container: InputContainer, max_pixels: int) -> VideoStream:
    streams = [
        stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        raise ImageError(f"{path}: there are no pictures in it")
    stream = streams[0]
    if stream.codec_context is None:
        raise ImageError(f"{path}: its pictures are of a kind that can't be decoded")
    if not 0 < stream.width * stream.height <= max_pixels:  # FFmpeg forgets sizes beyond its limit
        raise ImageError(f"{path}: frames of no known size, or of more than max_pixels={max_pixels}")
    return stream


def ffmpeg_reason(error: Exception) -> str:
    """The message of an error, without the call and the file that FFmpeg's have in it."""
    return (isinstance(error, av.FFmpegError) and error.strerror) or str(error)

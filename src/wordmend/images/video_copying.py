"""Streams beside the frames of a video, copied as they are: sound, subtitles, attachments."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

BACKWARDS = "time stamps that went backwards were set right"
_MP4_TEXT = "mov_text"  # subtitles that Matroska has no place for
_COVERS = {"mjpeg": "jpeg", "png": "png"}  # kinds of pictures by their codecs
# What a muxer writes anew, or what mkvmerge counted of the old stream
_STALE = (
    *("ENCODER", "DURATION", "MAJOR_BRAND", "MINOR_VERSION", "COMPATIBLE_", "HANDLER_", "VENDOR_"),
    *("BPS", "NUMBER_OF_", "_STATISTICS"),
)


class StreamCopies:
    """Copies streams into Matroska, unchanged but for subtitles of MP4, which become plain text.

    Args:
        container: is written to.
        streams: to be copied.
        tell: takes, in words, what is left out or otherwise.
    """

    def __init__(
        self, container: OutputContainer, streams: Sequence[Stream], tell: Callable[[str], None]
    ) -> None:
        self._container = container
        self._tell = tell
        self._covers = {each.index for each in streams if each.disposition & Disposition.attached_pic}
        self._copies = dict(self._added([each for each in streams if each.index not in self._covers]))
        self._until: dict[int, int] = {}
        self._waiting: deque[Packet[Stream]] | None = deque()

    def write(self, packet: "Packet[Stream]") -> None:
        """Write a packet of one of the streams, or keep it until `begin`."""
        if packet.stream.index in self._covers:
            self._add_cover(packet)
            return
        copy, time = self._copies.get(packet.stream.index), packet.dts
        if copy is None or time is None:
            return
        if self._waiting is not None:
            self._waiting.append(packet)
            return
        if _kind(packet.stream) == _MP4_TEXT:
            packet = _plain_text(packet)
        earliest = self._until.get(copy.index, time)
        if time < earliest:
            packet.dts, packet.pts = earliest, max(packet.pts or earliest, earliest)
            self._tell(BACKWARDS)
        self._until[copy.index] = max(time, earliest)
        packet.stream = copy
        if packet.size:
            self._container.mux_one(packet)

    def begin(self) -> None:
        """Write what was kept: it is known by now what the frames are like, so that the file can begin."""
        waiting, self._waiting = self._waiting or (), None
        for packet in waiting:
            self.write(packet)

    def _add_cover(self, packet: "Packet[Stream]") -> None:
        """A cover picture, which comes before all other packets, is an attachment in Matroska."""
        kind = _COVERS.get(_kind(packet.stream) or "")
        if kind is None or self._waiting is None:
            self._tell(f"{_called(packet.stream)} is left out: Matroska can't hold it")
            return
        name = packet.stream.metadata.get("filename", f"cover.{kind}")
        self._container.add_attachment(name, f"image/{kind}", bytes(packet))

    def _added(self, streams: Sequence[Stream]) -> Iterator[tuple[int, Stream]]:
        for stream in streams:
            called = _called(stream)
            try:
                if stream.type == "data":
                    raise ValueError("Matroska has no such streams")
                if _kind(stream) == _MP4_TEXT:
                    copy = self._container.add_mux_stream("subrip", time_base=stream.time_base)
                    self._tell(f"{called} became SubRip, without styles")
                else:
                    copy = self._container.add_stream_from_template(stream, opaque=True)
            except (ValueError, av.FFmpegError):
                self._tell(f"{called} is left out: Matroska can't hold it")
            else:
                copy.metadata.update(lasting(stream.metadata))
                copy.disposition = stream.disposition
                if stream.type == "video":
                    self._tell(f"{called} was copied and not restored")
                yield stream.index, copy


def lasting(metadata: dict[str, str]) -> dict[str, str]:
    """Of what is told of a stream or a file, what holds for its copy too."""
    return {name: text for name, text in metadata.items() if not name.upper().startswith(_STALE)}


def _called(stream: Stream) -> str:
    return f"stream {stream.index} ({stream.type}, {_kind(stream) or 'of no known kind'})"


def _kind(stream: Stream) -> str | None:
    """Name of its codec; PyAV raises where it has none for it."""
    return getattr(stream, "name", None)


def _plain_text(packet: "Packet[Stream]") -> "Packet[Stream]":
    """The text of an MP4 subtitle, which has its length before it and styles after it (3GPP TS 26.245)."""
    data = bytes(packet)
    text: Packet[Stream] = Packet(data[2 : 2 + int.from_bytes(data[:2], "big")])
    text.pts, text.dts, text.duration = packet.pts, packet.dts, packet.duration
    text.time_base = packet.time_base
    return text

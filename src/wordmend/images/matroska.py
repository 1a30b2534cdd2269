"""How wide the pixels of a Matroska file are: PyAV has no way to say so to the muxer."""

import zlib
from fractions import Fraction
from pathlib import Path

# Elements by their IDs (RFC 9559)
_SEGMENT, _TRACKS, _TRACK, _VIDEO = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0"
_UNKNOWN_UNIT = b"\x54\xb2\x81\x04"  # DisplayUnit, of one byte
_RATIO_UNIT = b"\x54\xb2\x81\x03"
_DISPLAY_WIDTH, _DISPLAY_HEIGHT = b"\x54\xb0\x82", b"\x54\xba\x83"  # of two and of three bytes
_SPARE = b"\xec\x01\x00\x00\x00\x00\x00\x00\x02\x00\x00"  # Void, as long as both with their values
_CRC = b"\xbf\x84"
_HEADER = 1 << 20  # bytes in which the tracks are looked for


def set_display_ratio(path: Path, ratio: Fraction) -> bool:
    """Say at which ratio of width to height the first track of a file is to be shown.

    Args:
        path: written by FFmpeg, without such a ratio; it stays as long as it is.
        ratio: or the nearest one with a denominator of at most 4096.

    Returns:
        whether there was room for it; if not, nothing was written.
    """
    near = ratio.limit_denominator(2**12)
    if not 0 < near.numerator < 2**16:
        return False
    with path.open("r+b") as file:
        data = file.read(_HEADER)
        found = _inside(data, _SEGMENT, _TRACKS, _TRACK, _VIDEO)
        tracks = _inside(data, _SEGMENT, _TRACKS)
        if found is None or tracks is None:
            return False
        (start, end), (first, last) = found, tracks
        spare = data.find(_SPARE, end, last)
        video = data[start:end]
        has_place = spare >= 0 and video.count(_UNKNOWN_UNIT) == 1
        if not has_place or data[start - 1] != 0x80 | len(video) or len(video) + len(_SPARE) > 126:
            return False
        width = _DISPLAY_WIDTH + near.numerator.to_bytes(2, "big")
        height = _DISPLAY_HEIGHT + near.denominator.to_bytes(3, "big")
        video = video.replace(_UNKNOWN_UNIT, width + height + _RATIO_UNIT)
        size = bytes([0x80 | len(video)])  # of one byte, as before
        content = data[first : start - 1] + size + video + data[end:spare] + data[spare + len(_SPARE) : last]
        if content.startswith(_CRC):
            content = _CRC + zlib.crc32(content[6:]).to_bytes(4, "little") + content[6:]
        file.seek(first)
        file.write(content)
    return True


def _inside(data: bytes, *path: bytes) -> tuple[int, int] | None:
    """Where the content of the first element on a path of IDs starts and ends."""
    start, end = 0, len(data)
    for wanted in path:
        while True:
            if start >= end:
                return None
            name, start, after = _element(data, start)
            if name == wanted:
                if after > end and wanted != _SEGMENT:
                    return None
                end = min(after, end)
                break
            start = after
    return start, end


def _element(data: bytes, at: int) -> tuple[bytes, int, int]:
    """ID of an element, and where its content starts and ends."""
    name = data[at : at + _length(data[at])]
    at += len(name)
    length = _length(data[at])
    size = int.from_bytes(data[at : at + length], "big") & (2 ** (7 * length) - 1)
    return name, at + length, at + length + size


def _length(first: int) -> int:
    """Bytes of a number, by the first of them."""
    return 9 - first.bit_length()

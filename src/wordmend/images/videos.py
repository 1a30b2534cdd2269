"""What is a video by its name, and whether videos can be read at all: PyAV is not installed everywhere."""

import importlib.util
from pathlib import PurePath

from wordmend.errors import ImageError

VIDEO_SUFFIXES = frozenset(
    {
        ".3gp", ".asf", ".avi", ".dv", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpe", ".mpeg",
        ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv",
    }
)  # fmt: skip

VIDEO_RESULT = ".mkv"
"""Suffix of restored videos: Matroska holds whatever comes with the pictures."""


def is_video(path: PurePath) -> bool:
    """Whether a file is a video, by its suffix."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def check_videos_can_be_read(path: PurePath) -> None:
    """Refuse a video where there is no PyAV.

    Raises:
        ImageError: names the file and what to install.
    """
    if importlib.util.find_spec("av") is None:
        raise ImageError(f"{path}: videos need PyAV; install it with: pip install 'wordmend[video]'")

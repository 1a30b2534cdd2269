"""Restoring a video frame by frame, with all else that it has."""

from collections.abc import Callable
from pathlib import Path

import av
from av.packet import Packet

from wordmend.errors import ImageError, WordmendError
from wordmend.files import atomic_path
from wordmend.images.picture import Picture
from wordmend.images.video_frames import change_frame, rgb_of
from wordmend.images.video_reading import ffmpeg_reason, opened_video
from wordmend.images.video_writing import VideoCodec, video_writer
from wordmend.images.videos import VIDEO_RESULT
from wordmend.progress import progress_bar
from wordmend.restoration.difference import measure_difference
from wordmend.restoration.restored_file import RestoredFile


def restore_video(
    source: Path, target: Path, restore: Callable[[Picture], Picture], codec: VideoCodec, max_pixels: int
) -> RestoredFile:
    """Restore a video into another, whole or not there; only some frames are in memory at a time.

    Args:
        source: any video file.
        target: ends in .mkv; folders are made.
        restore: takes a frame, RGB of 16 bits, and gives one of the same shape.
        codec: of the result.
        max_pixels: largest number of pixels of a frame that is accepted.

    Raises:
        ImageError: the source can't be read, or the target is of another kind.
        WordmendError: the target can't be written.
    """
    if target.suffix.lower() != VIDEO_RESULT:
        raise ImageError(f"{target}: videos are written as {VIDEO_RESULT}")
    total, frames = 0.0, 0
    with opened_video(source, max_pixels) as video, atomic_path(target) as temporary:
        try:
            with (
                video_writer(temporary, video, codec) as writer,
                progress_bar(f"frames of {source.name}", video.frames, "frame") as bar,
            ):
                for part in video.parts():
                    if isinstance(part, Packet):
                        writer.copies.write(part)
                        continue
                    frame = writer.as_written(part)
                    before = Picture(rgb_of(frame))
                    after = restore(before)
                    change_frame(frame, before.pixels, after.pixels)
                    writer.write(frame)
                    total += measure_difference(before, after).mean
                    frames += 1
                    bar.update()
        except av.FFmpegError as error:
            reason = ffmpeg_reason(error)
            raise WordmendError(f"{target}: {source} can't be written as {codec}: {reason}") from error
    return RestoredFile(frames, tuple(writer.changes), (round(total / frames, 6),))

"""Real video files, made here, through the restorer and read back."""

import errno
import io
import json
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from av.stream import Stream
from av.video.reformatter import ColorRange
from PIL import Image
from torch import nn

from wordmend.errors import ImageError, WordmendError
from wordmend.images.picture import Picture
from wordmend.restoration.before_after import write_before_after
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import restore_folder
from wordmend.restoration.manifest import MANIFEST_NAME
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restoration.video import restore_video
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.weights import Restorer

CPU = RestoreConfig(device="cpu", tile=96, overlap=16)
FILM = Fraction(24000, 1001)
NTSC = Fraction(1, 24000)
VARIABLE = (0, 1001, 2002, 5005, 6006)  # of NTSC: two frames are missing
CODECS = ["ffv1", "h264"]


class Negative(nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return 1 - batch


def mending(network: nn.Module | None = None, **config: object) -> PictureRestorer:
    settings = RestoreConfig.model_validate({"device": "cpu", "tile": 96, "overlap": 16} | config)
    return PictureRestorer(Restorer(network or Negative(), RestorerConfig()), settings)


def levels(index: int) -> int:
    """How bright a frame is, of 255."""
    return 20 + 40 * index % 200


def write_film(
    path: Path,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    times: Sequence[int] = VARIABLE,
    time_base: Fraction = NTSC,
    rate: Fraction = FILM,
    sound: str | None = "aac",
    full_range: bool = False,
    format_: str | None = None,
    options: dict[str, str] | None = None,
    set_up: Callable[[Any, Any], None] = lambda container, stream: None,
    later: Sequence[Any] = (),
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    range_ = ColorRange.JPEG if full_range else ColorRange.MPEG
    with av.open(str(path), "w", format=format_) as out:
        film = out.add_stream(codec, rate=rate, options=options)
        assert isinstance(film, av.VideoStream)
        film.width, film.height, film.pix_fmt = *size, pixels
        film.codec_context.time_base = time_base
        film.codec_context.color_range = range_
        set_up(out, film)
        tone: Any = None if sound is None else out.add_stream(sound, rate=48000)
        for index, time in enumerate(times):
            rgb = np.full((size[1], size[0], 3), levels(index), np.uint8)
            rgb[: size[1] // 2, : size[0] // 2] = 200, 60, 40
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame = frame.reformat(format=pixels, dst_color_range=range_)
            frame.pts, frame.time_base = time, time_base
            out.mux(film.encode(frame))
        if tone is not None:
            wave = np.sin(np.arange(12000) * 0.05, dtype=np.float32) * 0.3
            samples = np.stack([wave, wave]) if tone.format.is_planar else wave.repeat(2)[np.newaxis]
            if tone.format.name.startswith("s16"):
                samples = (samples * 32767).astype(np.int16)
            heard = av.AudioFrame.from_ndarray(samples, format=tone.format.name, layout="stereo")
            heard.sample_rate, heard.pts, heard.time_base = 48000, 0, Fraction(1, 48000)
            out.mux(tone.encode(heard))
            out.mux(tone.encode(None))
        out.mux(film.encode(None))
        out.mux(later)
    return path


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    content = json.loads((folder / MANIFEST_NAME).read_text())
    return {entry["input"]: entry for entry in content["pictures"]}


@dataclass
class Film:
    """What a file has."""

    codec: str
    pixels: str
    rate: Fraction
    shape: Fraction
    times: list[float]
    rotations: set[int]
    tags: set[tuple[int, int, int, int]]
    rgb: list[np.ndarray[Any, Any]]
    planes: list[list[bytes]]
    titles: dict[str, str]
    metadata: dict[str, str]
    chapters: list[str]


def read_film(path: Path) -> Film:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert stream.average_rate is not None
        return Film(
            codec=stream.codec_context.name,
            pixels=(stream.pix_fmt or "").replace("yuvj", "yuv"),
            rate=stream.average_rate,
            shape=stream.sample_aspect_ratio or Fraction(1),
            times=[frame.time or 0.0 for frame in frames],
            rotations={frame.rotation for frame in frames},
            tags={(f.color_range, f.colorspace, f.color_primaries, f.color_trc) for f in frames},
            rgb=[frame.to_ndarray(format="rgb24") for frame in frames],
            planes=[[visible(plane) for plane in frame.planes] for frame in frames],
            titles={name.lower(): text for name, text in container.metadata.items()},
            metadata=stream.metadata,
            chapters=[str(chapter["metadata"]["title"]) for chapter in container.chapters()],
        )


def visible(plane: Any) -> bytes:
    """Samples without the padding of rows; of one byte, one component a plane."""
    return np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width].tobytes()


def packets(path: Path, kind: str) -> Iterator[tuple[float, bytes]]:
    """Time and bytes of the packets of the first stream of a kind."""
    with av.open(str(path)) as container:
        stream: Stream = next(each for each in container.streams if each.type == kind)
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None:
                yield round(float(packet.pts * packet.time_base), 3), bytes(packet)


def told(container: Any, stream: Any) -> None:
    """All that a file can tell about its pictures."""
    container.metadata["title"] = "Reel é"
    stream.metadata["language"] = "fra"
    stream.codec_context.sample_aspect_ratio = Fraction(16, 15)
    stream.codec_context.colorspace = 5
    stream.codec_context.color_primaries = 5
    stream.codec_context.color_trc = 6
    stream.set_display_rotation(90, hflip=False)
    chapter = {"id": 1, "start": 0, "end": 100, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}
    container.set_chapters([chapter])


@pytest.mark.parametrize("codec", CODECS)
def test_all_that_a_video_has_stays(tmp_path: Path, codec: str) -> None:
    source = write_film(tmp_path / "a.mp4", set_up=told)
    target = tmp_path / "new" / "a.mkv"
    report = mending(video=codec).restore_file(source, target)
    before, after = read_film(source), read_film(target)
    assert (report.pictures, len(report.differences)) == (5, 1)
    assert 0.3 < report.differences[0] < 0.6
    assert (after.codec, after.pixels) == (codec, "yuv420p")
    assert (after.rate, after.shape) == (FILM, Fraction(16, 15)) == (before.rate, before.shape)
    np.testing.assert_allclose(after.times, before.times, atol=5.1e-4)
    np.testing.assert_allclose(after.times, [time / 24000 for time in VARIABLE], atol=5.1e-4)
    assert "time stamps are rounded to milliseconds" in report.changes
    assert after.rotations == before.rotations == {90}
    ((range_, matrix, *others),) = after.tags
    assert (range_, others) == (1, [5, 6])
    assert matrix in (5, 6)  # BT.470BG and SMPTE 170M are the same matrix
    for index, (old, new) in enumerate(zip(before.rgb, after.rgb, strict=True)):
        assert abs(int(new[-1, -1, 0]) - (255 - levels(index))) <= 4
        assert np.abs(255 - old.astype(int) - new).mean() < 5
    assert list(packets(target, "audio")) == list(packets(source, "audio"))
    assert (after.titles["title"], after.metadata["language"], after.chapters) == ("Reel é", "fra", ["One"])
    assert [path.name for path in target.parent.iterdir()] == ["a.mkv"]


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "gray", "yuv422p10le", "bgr0", "yuva420p"])
def test_where_nothing_is_changed_every_bit_stays(tmp_path: Path, pixels: str, full_range: bool) -> None:
    source = write_film(
        tmp_path / "a.mkv", "ffv1", pixels, size=(33, 17), sound="pcm_s16le", full_range=full_range
    )
    right = np.zeros((17, 33), np.float32)
    right[:, 20:] = 1
    report = mending().restore_file(source, tmp_path / "b.mkv", right)
    before, after = read_film(source), read_film(tmp_path / "b.mkv")
    assert after.pixels == before.pixels == pixels
    assert after.tags == before.tags and after.times == before.times
    for old, new in zip(before.rgb, after.rgb, strict=True):
        np.testing.assert_array_equal(old[:, :18], new[:, :18])
        assert np.abs(255 - old[:, 24:].astype(int) - new[:, 24:]).max() <= 6
    assert report.changes == ()
    mending(nn.Identity()).restore_file(source, tmp_path / "c.mkv")
    assert read_film(tmp_path / "c.mkv").planes == before.planes


def test_gray_gets_no_tint_and_strength_counts(tmp_path: Path) -> None:
    class Reddish(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return batch + torch.tensor([0.3, 0.0, 0.0]).reshape(-1, 1, 1)

    source = write_film(tmp_path / "a.mkv", "ffv1", "gray", sound=None)
    grays = read_film(source).rgb
    mending(Reddish()).restore_file(source, tmp_path / "b.mkv")
    for image in read_film(tmp_path / "b.mkv").rgb:
        assert (image == image[..., :1]).all()
    mending(strength=0.5).restore_file(source, tmp_path / "c.mkv")
    for old, new in zip(grays, read_film(tmp_path / "c.mkv").rgb, strict=True):
        assert np.abs(new.astype(int) - 127).max() <= 2 and old.shape == new.shape


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(1, 1), (17, 33), (64, 33), (33, 64)])
def test_odd_sizes(tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
    source = write_film(tmp_path / "a.mkv", "ffv1", size=size, sound=None)
    mending(video=codec).restore_file(source, tmp_path / "b.mkv")
    after = read_film(tmp_path / "b.mkv")
    assert {image.shape for image in after.rgb} == {(size[1], size[0], 3)}
    assert [abs(int(image[-1, -1, 0]) - 255 + levels(index)) < 5 for index, image in enumerate(after.rgb)]


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "sound"),
    [
        ("a.avi", "mpeg4", "yuv420p", "pcm_s16le"),
        ("a.avi", "rawvideo", "bgr24", None),
        ("a.mov", "prores", "yuv422p10le", "pcm_s16be"),
        ("a.webm", "libvpx-vp9", "yuv420p", "libopus"),
        ("a.mpg", "mpeg2video", "yuv420p", None),
        ("a.ts", "mpeg2video", "yuv420p", "mp2"),
        ("a.m4v", "mpeg4", "yuv420p", "aac"),
        ("a.flv", "flv1", "yuv420p", None),
    ],
)
def test_many_kinds(tmp_path: Path, name: str, codec: str, pixels: str, sound: str | None) -> None:
    every = range(0, 12)
    second = Fraction(1, 25)
    source = write_film(
        tmp_path / name, codec, pixels, times=every, time_base=second, rate=Fraction(25), sound=sound
    )
    report = mending().restore_file(source, tmp_path / "out.mkv")
    before, after = read_film(source), read_film(tmp_path / "out.mkv")
    assert (report.pictures, len(after.rgb)) == (12, 12)
    np.testing.assert_allclose(np.diff(after.times), 0.04, atol=1.1e-3)
    np.testing.assert_allclose(after.times, before.times, atol=5.1e-4)
    assert after.rate == 25
    if sound is not None:
        assert [data for _, data in packets(tmp_path / "out.mkv", "audio")] == [
            data for _, data in packets(source, "audio")
        ]


def test_subtitles_of_mp4_become_text_and_what_matroska_cannot_hold_is_told(tmp_path: Path) -> None:
    def with_subtitles(container: Any, stream: Any) -> None:
        told(container, stream)  # chapters, which are a stream of data in MP4
        text = container.add_mux_stream("mov_text", time_base=Fraction(1, 1000))
        for said, start in ((b"\0\7Gr\xc3\xbc\xc3\x9fe styles", 40), (b"\0\0", 140)):
            packet = av.Packet(said)
            packet.stream, packet.time_base = text, Fraction(1, 1000)
            packet.pts = packet.dts = start
            packet.duration = 100
            later.append(packet)

    later: list[Any] = []
    source = write_film(tmp_path / "a.mp4", set_up=with_subtitles, later=later)
    report = mending().restore_file(source, tmp_path / "a.mkv")
    assert list(packets(tmp_path / "a.mkv", "subtitle")) == [(0.04, "Grüße".encode())]
    assert "stream 1 (subtitle, mov_text) became SubRip, without styles" in report.changes
    assert "stream 3 (data, bin_data) is left out: Matroska can't hold it" in report.changes


def test_subtitles_and_attachments_are_copied(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        with av.open(str(path), "w") as out:
            film = out.add_stream("ffv1", rate=25)
            film.width, film.height, film.pix_fmt = 16, 16, "yuv420p"
            text: Any = out.add_mux_stream("subrip", time_base=Fraction(1, 1000))
            text.metadata["language"] = "deu"
            out.add_attachment("font.ttf", "font/ttf", b"a font")
            for index in range(10):
                out.mux(film.encode(av.VideoFrame(16, 16, "yuv420p")))
                if index == 4:
                    packet = av.Packet("Grüße".encode())
                    packet.stream, packet.time_base = text, Fraction(1, 1000)
                    packet.pts = packet.dts = 120
                    packet.duration = 200
                    out.mux(packet)
            out.mux(film.encode(None))

    source = tmp_path / "a.mkv"
    write(source)
    report = mending().restore_file(source, tmp_path / "b.mkv")
    assert report.changes == ()
    assert list(packets(tmp_path / "b.mkv", "subtitle")) == [(0.12, "Grüße".encode())]
    with av.open(str(tmp_path / "b.mkv")) as container:
        assert container.streams.subtitles[0].language == "deu"
        assert [(each.name, each.data) for each in container.streams.attachments] == [("font.ttf", b"a font")]


def test_a_cover_is_copied_and_not_taken_for_the_film(tmp_path: Path) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(drawn, "JPEG")

    def with_cover(container: Any, stream: Any) -> None:
        container.add_attachment("front.jpg", "image/jpeg", drawn.getvalue())

    source = write_film(tmp_path / "a.mkv", "ffv1", set_up=with_cover, sound="pcm_s16le")
    report = mending().restore_file(source, tmp_path / "b.mkv")
    assert (report.pictures, report.changes) == (5, ())
    with av.open(str(tmp_path / "b.mkv")) as container:
        _, cover = container.streams.video
        assert cover.metadata["filename"] == "front.jpg"
        assert next(bytes(each) for each in container.demux(cover) if each.size) == drawn.getvalue()


def test_interlacing_and_mirroring_stay_and_lost_metadata_is_told(tmp_path: Path) -> None:
    def mirrored(container: Any, stream: Any) -> None:
        stream.codec_context.field_order = 2  # top field first
        stream.set_display_rotation(0, hflip=True)

    def read(path: Path) -> tuple[set[bool], int, list[int]]:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frames = list(container.decode(stream))
            (matrix,) = (bytes(each) for each in frames[0].side_data if each.type.name == "DISPLAYMATRIX")
            order = stream.codec_context.field_order
            return {each.interlaced_frame for each in frames}, order, np.frombuffer(matrix, np.int32).tolist()

    woven = {"flags": "+ildct"}
    source = write_film(
        tmp_path / "a.mov", "prores_ks", "yuv422p10le", sound=None, options=woven, set_up=mirrored
    )
    mending().restore_file(source, tmp_path / "b.mkv")
    assert read(tmp_path / "b.mkv") == read(source) == ({True}, 2, [-65536, 0, 0, 0, 65536, 0, 0, 0, 2**30])
    hdr = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,500)"
    display = {"x265-params": f"log-level=-1:{hdr}"}
    source = write_film(
        tmp_path / "h.mkv",
        "libx265",
        "yuv420p10le",
        sound=None,
        options=display,
    )
    report = mending().restore_file(source, tmp_path / "c.mkv")
    assert report.changes == (
        "light levels (HDR) are left out",
        "colours of the mastering display (HDR) are left out",
    )


def test_pictures_are_not_written_as_videos_nor_videos_as_pictures(tmp_path: Path) -> None:
    source = write_film(tmp_path / "a.mp4")
    with pytest.raises(ImageError, match="videos are written as"):
        mending().restore_file(source, tmp_path / "a.png")


def test_without_pyav_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImageError, match=r"film.MP4: videos need PyAV.*pip install 'wordmend\[video\]'"):
        mending().restore_file(tmp_path / "film.MP4", tmp_path / "a.mkv")


def test_time_stamps_that_stand_still_are_set_right(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        film = out.add_stream("ffv1", rate=25)
        film.width, film.height = 16, 16
        for time in (0, 40, 40, 120):
            for packet in film.encode(av.VideoFrame(16, 16, "yuv420p")):
                packet.pts, packet.dts, packet.time_base = time, time, Fraction(1, 1000)
                out.mux(packet)
    report = mending().restore_file(tmp_path / "a.mkv", tmp_path / "b.mkv")
    assert read_film(tmp_path / "b.mkv").times == [0, 0.04, 0.041, 0.12]
    assert report.changes == ("time stamps that went backwards were set right",)


def damaged(tmp_path: Path) -> Iterator[tuple[str, bytes, str]]:
    """Names, contents and what is said of files that are no whole videos."""
    mp4 = write_film(tmp_path / "whole" / "a.mp4").read_bytes()
    kept: Any = {"times": range(125), "time_base": Fraction(1, 25), "rate": Fraction(25)}
    mkv = write_film(tmp_path / "whole" / "a.mkv", "ffv1", **kept).read_bytes()
    avi = write_film(tmp_path / "whole" / "a.avi", "mpeg4", **kept).read_bytes()
    secret = write_film(tmp_path / "secret.mkv", "ffv1")
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    yield "empty.mp4", b"", "the file is empty"
    yield "garbage.mp4", np.random.default_rng(0).bytes(20000), "not a video that can be read"
    yield "text.mkv", b"Dear Sir,\n" * 100, "not a video that can be read"
    yield "playlist.mp4", playlist.encode(), "not a video that can be read"
    yield "list.mkv", f"ffconcat version 1.0\nfile '{secret}'\n".encode(), "not a video that can be read"
    yield (
        "session.mov",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        "not a video that can be read",
    )
    yield "picture.mp4", b"GIF89a" + bytes(100), "not a video that can be read"
    yield "cut.mp4", mp4[: len(mp4) // 2], "not a video that can be read"
    yield "cut.mkv", mkv[: len(mkv) // 2], "truncated"
    yield "cut.avi", avi[: len(avi) // 2], "truncated"
    yield "hole.avi", avi[: len(avi) // 2] + bytes(300) + avi[len(avi) // 2 + 300 :], "damaged"
    for name, codec, size, reason in (
        ("no_frames.mkv", "pcm_s16le", 16, "a video without frames"),
        ("absurd.mkv", "mpeg4", 16_000, "no known size, or of more than max_pixels=250000000"),
    ):
        with av.open(str(tmp_path / name), "w") as out:
            streams: Any = [out.add_mux_stream("mpeg4", rate=25, width=size, height=size)]
            streams += [out.add_mux_stream(codec, rate=48000)] if codec != "mpeg4" else []
            packet = av.Packet(bytes(400))
            packet.stream, packet.pts, packet.dts, packet.time_base = streams[-1], 0, 0, Fraction(1, 25)
            out.mux(packet)
        yield name, (tmp_path / name).read_bytes(), reason
    with av.open(str(tmp_path / "sound.mp4"), "w") as out:
        tone: Any = out.add_stream("aac", rate=48000)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = 48000
        out.mux(tone.encode(silence))
        out.mux(tone.encode(None))
    yield "sound.mp4", (tmp_path / "sound.mp4").read_bytes(), "there are no pictures in it"
    bare = kept | {"codec": "mpeg2video", "format_": "mpeg2video", "sound": None}
    large, small = (
        write_film(tmp_path / "whole" / "a.mpg", size=size, **bare).read_bytes()
        for size in ((64, 48), (32, 32))
    )
    yield "sizes.mpg", large + small, "has 32 x 32 pixels, the first one 64 x 48"
    marked = write_film(tmp_path / "whole" / "a.ts", "mpeg2video", **kept, sound=None).read_bytes()
    yield "marked.ts", marked[: 188 * 100] + marked[188 * 103 :], "marked as damaged"


def test_bad_videos_do_not_stop_the_others(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    write_film(source / "sub" / "good.mp4")
    write_film(source / "z.mov")
    Image.new("RGB", (8, 8)).save(source / "frame.png")
    outside = write_film(tmp_path / "outside.mkv", "ffv1")
    (source / "link.mkv").symlink_to(outside)
    said = {"link.mkv": "a link that leaves the folder"}
    for name, content, reason in damaged(tmp_path):
        (source / name).write_bytes(content)
        said[name] = reason
    report = restore_folder(mending(), source, output, CPU)
    assert sorted(path.relative_to(output).as_posix() for path in report.done) == [
        "frame.png",
        "sub/good.mkv",
        "z.mkv",
    ]
    reasons = {path.name: reason for path, reason in report.failed}
    assert reasons.keys() == said.keys()
    for name, reason in said.items():
        assert reason in reasons[name] and name in reasons[name], (name, reasons[name])
    entries = manifest(output)
    assert entries["cut.mkv"]["status"] == "failed" and entries["cut.mkv"]["output"] == "cut.mkv.mkv"
    good = entries["sub/good.mp4"]
    assert (good["status"], good["pages"], len(good["differences"])) == ("done", 5, 1)
    settings = {"strength": 1.0, "least_change": 2.0, "grain": 0.3, "tile": 96, "overlap": 16}
    settings["video"] = "ffv1"
    assert good["settings"] == settings
    assert "video" not in entries["frame.png"]["settings"]
    assert {path.name for path in output.iterdir()} == {"frame.png", "sub", "z.mkv", MANIFEST_NAME}


def test_mutated_videos_are_restored_or_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    every: Any = {"times": range(6), "time_base": Fraction(1, 25), "rate": Fraction(25)}
    kinds = (("a.mp4", "libx264", "aac"), ("a.mkv", "ffv1", "pcm_s16le"), ("a.ts", "mpeg2video", "mp2"))
    wholes = [write_film(tmp_path / name, codec, sound=sound, **every) for name, codec, sound in kinds]
    refused = 0
    for index in range(90):
        whole = wholes[index % 3]
        data = bytearray(whole.read_bytes())
        for _ in range(int(rng.integers(1, 20))):
            data[rng.integers(len(data) if index % 2 else 600)] = int(rng.integers(256))
        source = tmp_path / f"mutated{whole.suffix}"
        source.write_bytes(data)
        try:
            mending(nn.Identity()).restore_file(source, tmp_path / "out" / f"{index}.mkv")
        except WordmendError as error:
            refused += 1
            assert str(source) in str(error)
    results = list((tmp_path / "out").iterdir())
    assert refused > 10 and len(results) == 90 - refused
    assert not [each for each in results if each.name.startswith(".")]


def test_frames_that_are_too_large_are_refused(tmp_path: Path) -> None:
    source = write_film(tmp_path / "a.mp4")
    mending(max_pixels=64 * 48).restore_file(source, tmp_path / "a.mkv")
    with pytest.raises(ImageError, match=r"a.mp4: frames of .* more than max_pixels=3071"):
        mending(max_pixels=64 * 48 - 1).restore_file(source, tmp_path / "b.mkv")


def test_a_batch_goes_on_without_pyav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_film(tmp_path / "in" / "a.mp4")
    Image.new("RGB", (8, 8)).save(tmp_path / "in" / "b.png")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "av", None)
        report = restore_folder(mending(), tmp_path / "in", tmp_path / "out", CPU)
        assert [path.name for path in report.done] == ["b.png"]
        assert "a.mp4: videos need PyAV" in manifest(tmp_path / "out")["a.mp4"]["reason"]
    report = restore_folder(mending(), tmp_path / "in", tmp_path / "out", CPU)
    assert [path.name for path in report.done] == ["a.mkv"]


def test_a_mask_is_of_all_frames(tmp_path: Path) -> None:
    source = write_film(tmp_path / "a.mkv", "ffv1", "yuv444p", sound=None)
    half = np.zeros((48, 64), np.uint8)
    half[:, 32:] = 255
    Image.fromarray(half).save(tmp_path / "mask.png")
    config = CPU.model_copy(update={"mask": str(tmp_path / "mask.png")})
    report = restore_folder(mending(), source, tmp_path / "out", config)
    for old, new in zip(read_film(source).rgb, read_film(report.done[0]).rgb, strict=True):
        np.testing.assert_array_equal(old[:, :30], new[:, :30])
        assert np.abs(255 - old[:, 34:].astype(int) - new[:, 34:]).max() <= 4
    Image.fromarray(half[:40]).save(tmp_path / "mask.png")
    report = restore_folder(mending(), source, tmp_path / "new", config)
    assert "the mask has 64 x 40 pixels, its picture 64 x 48" in report.failed[0][1]


def test_what_is_stopped_leaves_nothing_half_done_and_goes_on(tmp_path: Path) -> None:
    class Interrupted(nn.Module):
        calls = 0

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            if self.calls == 8:  # the third frame of the second video
                raise KeyboardInterrupt
            return batch

    source, output = tmp_path / "in", tmp_path / "out"
    for name in ("a.mp4", "b.mp4"):
        write_film(source / name)
    with pytest.raises(KeyboardInterrupt):
        restore_folder(mending(Interrupted()), source, output, CPU)
    assert {path.name for path in output.iterdir()} == {"a.mkv", MANIFEST_NAME}
    assert set(manifest(output)) == {"a.mp4"}
    report = restore_folder(mending(), source, output, CPU)
    assert [[path.name for path in paths] for paths in (report.kept, report.done)] == [["a.mkv"], ["b.mkv"]]
    assert len(read_film(output / "b.mkv").rgb) == 5


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() > 1000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    write_film(tmp_path / "in" / "a.mp4", size=(320, 240))
    real = Path.open

    def opened(path: Path, mode: str = "r", **how: Any) -> Any:
        return Full(path, "w") if mode == "wb" else real(path, mode, **how)

    monkeypatch.setattr(Path, "open", opened)
    report = restore_folder(mending(), tmp_path / "in", tmp_path / "out", CPU)
    ((_, reason),) = report.failed
    assert "a.mkv: can't be written: No space left on device" in reason and "MB are free there" in reason
    assert [path.name for path in (tmp_path / "out").iterdir()] == [MANIFEST_NAME]


def test_videos_are_not_on_the_page(tmp_path: Path) -> None:
    write_film(tmp_path / "in" / "a.mp4")
    write_film(tmp_path / "in" / "kept.mp4")
    write_film(tmp_path / "out" / "kept.mkv", "ffv1")
    Image.new("RGB", (8, 8)).save(tmp_path / "in" / "b.png")
    restore_folder(mending(), tmp_path / "in", tmp_path / "out", CPU)
    page = write_before_after(tmp_path / "in", tmp_path / "out", CPU).read_text(encoding="utf-8")
    text = " ".join(page.split())
    assert "1 picture was restored; 2 videos that were restored too are not on this page." in text
    assert "a.mp4" not in text and "can't be compared" not in text


@pytest.mark.parametrize("codec", CODECS)
def test_memory_does_not_grow_with_the_frames(tmp_path: Path, codec: str) -> None:
    alive: list[weakref.ref[Any]] = []
    most = 0

    def counted(picture: Picture) -> Picture:
        nonlocal most
        alive.append(weakref.ref(picture.pixels))
        most = max(most, sum(each() is not None for each in alive))
        return picture

    source = write_film(
        tmp_path / "a.mkv", "ffv1", times=range(0, 4000, 40), time_base=Fraction(1, 1000), rate=Fraction(25)
    )
    restore_video(source, tmp_path / "b.mkv", counted, codec, 10**6)
    assert (len(alive), most <= 2) == (100, True)

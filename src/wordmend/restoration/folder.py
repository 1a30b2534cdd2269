"""Mending a picture, a video or a folder of them, with a manifest that says what became of each."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wordmend.errors import ParameterError, reason_of
from wordmend.files import sha256_of
from wordmend.images.photos import SUFFIXES, given_pictures
from wordmend.images.reading import read_image
from wordmend.images.videos import VIDEO_RESULT, VIDEO_SUFFIXES, is_video
from wordmend.progress import progress
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.manifest import MANIFEST_NAME, Manifest, PictureRecord
from wordmend.restoration.masks import find_masks
from wordmend.restoration.picture_restorer import PictureRestorer

_SUFFIXES = {".tif": ".tif", ".tiff": ".tif", ".webp": ".webp"} | dict.fromkeys(VIDEO_SUFFIXES, VIDEO_RESULT)
"""Of results; all others become .png."""


@dataclass(frozen=True)
class RestoreReport:
    """What `restore_folder` did."""

    done: list[Path]
    """Results that were written."""
    kept: list[Path]
    """Results that were there already."""
    failed: list[tuple[Path, str]]
    """Pictures that could not be restored, each with the reason."""


def restore_folder(
    restorer: PictureRestorer, input_path: Path, output_dir: Path, config: RestoreConfig, weights: str = ""
) -> RestoreReport:
    """Restore a picture or a video, or all in and below a folder, into files in `output_dir`.

    Nothing is lost on the way: TIFF, PNG and WebP stay what they are, with all pages, depth, transparency and
    metadata, WebP without loss from then on; other pictures become PNG, videos Matroska. Folders are
    mirrored. `a.jpg` becomes `a.png`; where that would be the name of two results, both keep their suffix
    (`a.jpg.png`). A file that can't be restored doesn't stop the others. Stopped and started again, it goes
    on with what is missing. `manifest.json` in `output_dir` lists what became of each file, and with what.

    Args:
        restorer: the network, and how it is used.
        input_path: a picture, a video or a folder. Never written to.
        output_dir: made if needed; not inside the input folder.
        config: masks, whether to overwrite, what is too large; its `input` and `output` are not looked at.
        weights: what the manifest calls those of the restorer.

    Raises:
        ParameterError: input and output overlap, or there is no such mask.
        PhotosError: the input doesn't exist or has no pictures.
        WordmendError: the output folder can't be written.
    """
    files, rejected = given_pictures(input_path, SUFFIXES | VIDEO_SUFFIXES)
    outputs = {
        name: output_dir / output for name, output in output_names([name for name, _ in files]).items()
    }
    _check_apart(input_path, output_dir, {path for _, path in files}, outputs.values())
    masks = find_masks(config.mask, input_path)
    settings = {
        "strength": config.strength,
        "least_change": config.least_change,
        "grain": config.grain,
        "tile": restorer.tile,
        "overlap": config.overlap,
    }
    manifest = Manifest.open(output_dir / MANIFEST_NAME, input_path)
    report = RestoreReport([], [], rejected)
    for path, reason in rejected:
        manifest.add(PictureRecord(path.relative_to(input_path).as_posix(), None, "failed", reason=reason))
    try:
        for name, path in progress(files, "restoring", unit="picture"):
            target = outputs[name]
            output = target.relative_to(output_dir).as_posix()
            if target.exists() and not config.overwrite:
                report.kept.append(target)
                manifest.add_kept(name, output)
                continue
            started = time.monotonic()
            try:
                mask = masks.get(PurePosixPath(name).with_suffix("").as_posix())
                where = None if mask is None else read_image(mask, 1, max_pixels=config.max_pixels)[..., 0]
                told = restorer.restore_file(path, target, where)
                sha256 = sha256_of(path)
            except Exception as error:  # encoders raise all sorts, and the others are to be restored
                reason = reason_of(error)
                report.failed.append((path, reason))
                manifest.add(PictureRecord(name, output, "failed", reason=reason))
            else:
                seconds = round(time.monotonic() - started, 3)
                report.done.append(target)
                how = settings | ({} if mask is None else {"mask": str(mask)})
                if is_video(path):
                    how |= {"video": config.video}
                manifest.add(
                    PictureRecord(
                        input=name,
                        output=output,
                        status="done",
                        sha256=sha256,
                        seconds=seconds,
                        weights=weights,
                        settings=how,
                        pages=told.pictures,
                        changes=told.changes,
                        differences=told.differences,
                    )
                )
    finally:  # an interruption too leaves a manifest of what was done
        manifest.write()
    return report


def output_names(names: Sequence[str]) -> dict[str, str]:
    """Name of the result, with "/" between folders, for each unique input name; no two are equal."""
    with_suffix: set[str] = set()
    while True:
        outputs = {
            name: f"{name}{suffix}" if name in with_suffix else f"{PurePosixPath(name).with_suffix(suffix)}"
            for name in names
            for suffix in [_SUFFIXES.get(PurePosixPath(name).suffix.lower(), ".png")]
        }
        same: dict[str, list[str]] = {}
        for name, output in outputs.items():
            same.setdefault(output.casefold(), []).append(name)
        clashing = {name for group in same.values() if len(group) > 1 for name in group}
        if clashing <= with_suffix:
            return outputs
        with_suffix |= clashing


def _check_apart(
    input_path: Path, output_dir: Path, inputs: Collection[Path], outputs: Collection[Path]
) -> None:
    """Refuse what would write over the input, or take results for input the next time."""
    if output_dir.exists() and not output_dir.is_dir():
        raise ParameterError(f"output {output_dir} is a file; give a folder for the results")
    source, target = input_path.resolve(), output_dir.resolve()
    if target == (source.parent if input_path.is_file() else source):
        raise ParameterError(
            f"output {output_dir} is where the input is; give another folder for the results"
        )
    if target.is_relative_to(source):
        raise ParameterError(
            f"output {output_dir} lies in the input {input_path}; give a folder outside of it"
        )
    overwritten = {path.resolve() for path in inputs} & {path.resolve() for path in outputs}
    if overwritten:
        raise ParameterError(
            f"results in {output_dir} would overwrite {len(overwritten)} input pictures, such as "
            f"{min(overwritten)}; give another folder for the results"
        )

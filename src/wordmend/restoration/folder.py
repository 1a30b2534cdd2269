"""Mending a picture or a folder of pictures, with a manifest that says what became of each."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import torch
from torch import nn

from wordmend.errors import ParameterError, PhotosError, WordmendError
from wordmend.files import sha256_of
from wordmend.images.photos import list_pictures
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image
from wordmend.progress import progress
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.manifest import MANIFEST_NAME, Manifest, PictureRecord
from wordmend.restoration.tiling import restore_image


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
    restorer: nn.Module,
    input_path: Path,
    output_dir: Path,
    config: RestoreConfig,
    *,
    channels: int = 3,
    multiple: int = 16,
) -> RestoreReport:
    """Restore a picture, or all pictures in and below a folder, into PNG files in `output_dir`.

    Folders are mirrored. `a.jpg` becomes `a.png`; where that would be the name of two results, both keep
    their suffix (`a.jpg.png`). A picture that can't be restored doesn't stop the others. Stopped and started
    again, it goes on with what is missing. `manifest.json` in `output_dir` lists what became of each picture.

    Args:
        restorer: see `restore_image`; moved to `config.device`.
        input_path: a picture or a folder. Never written to.
        output_dir: made if needed; not inside the input folder.
        config: tiles, device, whether to overwrite; its `input` and `output` are not looked at.
        channels: of the restorer, 1 or 3; results have as many.
        multiple: sides of the network's input are multiples of it, px.

    Raises:
        ParameterError: input and output overlap, or the device isn't there.
        PhotosError: the input doesn't exist or has no pictures.
        WordmendError: the output folder can't be written.
    """
    files, rejected = _pictures(input_path)
    outputs = {
        name: output_dir / output for name, output in output_names([name for name, _ in files]).items()
    }
    _check_apart(input_path, output_dir, {path for _, path in files}, outputs.values())
    device = _device(config.device)
    restorer.to(device).to(memory_format=torch.channels_last)  # half the time on CPUs
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
                image = read_image(path, channels)
                restored = restore_image(
                    restorer,
                    image,
                    tile=config.tile,
                    overlap=config.overlap,
                    channels=channels,
                    multiple=multiple,
                    device=device,
                )
                write_image(target, restored)
                sha256 = sha256_of(path)
            except (
                WordmendError,
                OSError,
                RuntimeError,
                MemoryError,
            ) as error:  # RuntimeError: PyTorch's own
                reason = _reason(error)
                report.failed.append((path, reason))
                manifest.add(PictureRecord(name, output, "failed", reason=reason))
            else:
                seconds = round(time.monotonic() - started, 3)
                report.done.append(target)
                manifest.add(PictureRecord(name, output, "done", sha256=sha256, seconds=seconds))
    finally:  # an interruption too leaves a manifest of what was done
        manifest.write()
    return report


def output_names(names: Sequence[str]) -> dict[str, str]:
    """Name of the result, with "/" between folders, for each unique input name; no two are equal."""
    with_suffix: set[str] = set()
    while True:
        outputs = {
            name: f"{name}.png" if name in with_suffix else PurePosixPath(name).with_suffix(".png").as_posix()
            for name in names
        }
        same: dict[str, list[str]] = {}
        for name, output in outputs.items():
            same.setdefault(output.casefold(), []).append(name)
        clashing = {name for group in same.values() if len(group) > 1 for name in group}
        if clashing <= with_suffix:
            return outputs
        with_suffix |= clashing


def _pictures(input_path: Path) -> tuple[list[tuple[str, Path]], list[tuple[Path, str]]]:
    if input_path.is_file():
        return [(input_path.name, input_path)], []
    files, rejected = list_pictures(input_path)
    if not files:
        first = f" ({len(rejected)} files rejected, first: {rejected[0][1]})" if rejected else ""
        raise PhotosError(
            f"no pictures to restore in {input_path}{first}; give a picture, or a folder with pictures"
        )
    return files, rejected


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


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # AssertionError: a PyTorch that is built without CUDA
        raise ParameterError(f"device {name!r} can't be used: {error}; set device to auto or cpu") from error
    return device


def _reason(error: BaseException) -> str:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return "not enough memory; set tile to less"
    return str(error) or type(error).__name__

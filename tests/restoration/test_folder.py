import hashlib
import json
import os
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError
from torch import nn

from wordmend.errors import ParameterError, PhotosError
from wordmend.images.picture import Metadata, Picture
from wordmend.images.picture_writing import write_pictures
from wordmend.images.reading import read_image, read_pictures
from wordmend.images.writing import write_image
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import output_names, restore_folder
from wordmend.restoration.manifest import MANIFEST_NAME
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.weights import Restorer

CPU = RestoreConfig(device="cpu", tile=64, overlap=16, least_change=0)


class Negative(nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return 1 - batch


def mending(network: nn.Module, channels: int = 3, config: RestoreConfig = CPU) -> PictureRestorer:
    return PictureRestorer(Restorer(network, RestorerConfig(channels=channels)), config)


def picture(path: Path, value: float = 0.2, channels: int = 3) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((20, 30, 3), round(value * 255), dtype=np.uint8)
    Image.fromarray(pixels if channels == 3 else pixels[..., 0]).save(path)
    return path


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    content = json.loads((folder / MANIFEST_NAME).read_text())
    return {entry["input"]: entry for entry in content["pictures"]}


def test_folders_are_mirrored_and_bad_files_do_not_stop_the_rest(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    first = picture(source / "a.png")
    picture(source / "film" / "reel 1" / "0001.bmp", 0.4)
    picture(source / "film" / "reel 1" / "gray.png", 0.6, channels=1)
    (source / "broken.jpg").write_bytes(b"no picture")
    report = restore_folder(mending(Negative()), source, output, CPU)
    names = ["a.png", "film/reel 1/0001.png", "film/reel 1/gray.png"]
    assert [path.relative_to(output).as_posix() for path in report.done] == names
    assert report.kept == []
    assert [path.name for path, _ in report.failed] == ["broken.jpg"]
    assert "not an image" in report.failed[0][1]
    np.testing.assert_allclose(read_image(output / "a.png"), 0.8, atol=1e-6)
    entries = manifest(output)
    assert set(entries) == {"a.png", "film/reel 1/0001.bmp", "film/reel 1/gray.png", "broken.jpg"}
    assert entries["film/reel 1/0001.bmp"]["output"] == "film/reel 1/0001.png"
    assert entries["a.png"]["status"] == "done"
    assert entries["a.png"]["sha256"] == hashlib.sha256(first.read_bytes()).hexdigest()
    assert entries["a.png"]["differences"] == pytest.approx([0.6], abs=1e-5)
    assert entries["a.png"]["seconds"] >= 0
    assert entries["broken.jpg"]["status"] == "failed"
    assert "not an image" in entries["broken.jpg"]["reason"]


def test_results_that_are_there_are_kept_unless_told_otherwise(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png")
    picture(source / "b.png")
    restore_folder(mending(Negative()), source, output, CPU)
    before = manifest(output)
    (output / "b.png").unlink()
    write_image(output / "a.png", np.zeros((20, 30, 3), dtype=np.float32))
    report = restore_folder(mending(Negative()), source, output, CPU)
    assert ([path.name for path in report.kept], [path.name for path in report.done]) == (
        ["a.png"],
        ["b.png"],
    )
    assert read_image(output / "a.png").max() == 0
    assert manifest(output)["a.png"] == before["a.png"]
    report = restore_folder(mending(Negative()), source, output, CPU.model_copy(update={"overwrite": True}))
    assert len(report.done) == 2
    assert read_image(output / "a.png").max() > 0


def test_result_without_a_record_is_noted(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png")
    picture(output / "a.png")
    restore_folder(mending(Negative()), source, output, CPU)
    assert manifest(output)["a.png"]["status"] == "kept"


def test_pictures_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png", 0.2)
    picture(source / "a.bmp", 0.6)
    report = restore_folder(mending(Negative()), source, output, CPU)
    assert [path.name for path in report.done] == ["a.bmp.png", "a.png.png"]
    np.testing.assert_allclose(read_image(output / "a.bmp.png"), 0.4, atol=1e-6)
    np.testing.assert_allclose(read_image(output / "a.png.png"), 0.8, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    names=st.sets(
        st.builds(
            "{}{}".format,
            st.sampled_from(["a", "b", "x/a"]),
            st.from_regex(r"(\.(png|jpg|tif)){1,4}", fullmatch=True),
        ),
        max_size=15,
    )
)
def test_output_names_are_unique(names: set[str]) -> None:
    outputs = output_names(sorted(names))
    assert len(set(outputs.values())) == len(names)
    assert all(
        PurePosixPath(output).suffix == (".tif" if name.endswith(".tif") else ".png")
        for name, output in outputs.items()
    )


def test_single_picture(tmp_path: Path) -> None:
    path = picture(tmp_path / "in" / "a.bmp")
    report = restore_folder(mending(Negative(), 1), path, tmp_path / "in" / "restored", CPU)
    assert report.done == [tmp_path / "in" / "restored" / "a.png"]
    with Image.open(report.done[0]) as image:  # a restorer of gray takes no colour away
        assert image.mode == "RGB"


def test_inputs_are_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "in"
    path = picture(source / "a.png")
    with pytest.raises(ParameterError, match="is where the input is"):
        restore_folder(mending(Negative()), source, tmp_path / "in" / ".." / "in", CPU)
    with pytest.raises(ParameterError, match="is where the input is"):
        restore_folder(mending(Negative()), path, source, CPU)
    with pytest.raises(ParameterError, match="lies in the input"):
        restore_folder(mending(Negative()), source, source / "restored", CPU)
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(ParameterError, match="is where the input is"):
        restore_folder(mending(Negative()), source, tmp_path / "link", CPU)
    with pytest.raises(ParameterError, match="is a file"):
        restore_folder(mending(Negative()), source, path, CPU)
    picture(source / "in" / "a.png")  # its result would be tmp_path/in/a.png
    with pytest.raises(ParameterError, match="would overwrite 1 input pictures"):
        restore_folder(mending(Negative()), source, tmp_path, CPU)
    np.testing.assert_allclose(read_image(path), 0.2, atol=1e-6)


def test_everything_of_a_file_comes_through(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    pixels = np.random.default_rng(0).integers(0, 65536, (40, 30, 3)).astype(np.uint16)
    alpha = np.full((40, 30), 1000, np.uint16)
    about = Metadata(dpi=(600.0, 600.0), xmp=b"<x/>")
    pages = [Picture(pixels, alpha, about), Picture((pixels[..., :1] // 257).astype(np.uint8))]
    write_pictures(source / "scan.tif", pages)
    Image.new("CMYK", (30, 20)).save(source / "print.jpg")
    report = restore_folder(mending(Negative()), source, output, CPU, weights="stage2, NAFNet, abc")
    assert [path.name for path in report.done] == ["print.png", "scan.tif"]
    first, second = read_pictures(output / "scan.tif")
    np.testing.assert_array_equal(first.pixels, 65535 - pixels)
    np.testing.assert_array_equal(first.alpha, alpha)
    assert first.metadata == about
    np.testing.assert_array_equal(second.pixels, 255 - pages[1].pixels)
    noted = manifest(output)
    assert noted["scan.tif"]["pages"] == 2
    assert noted["print.jpg"]["changes"] == ["CMYK became RGB"]
    assert noted["scan.tif"]["weights"] == "stage2, NAFNet, abc"
    assert noted["scan.tif"]["settings"] == {
        "strength": 1.0,
        "least_change": 0.0,
        "grain": 0.3,
        "tile": 64,
        "overlap": 16,
    }


def test_a_damaged_page_leaves_no_file(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    write_pictures(source / "a.tif", [Picture(noise), Picture(noise)])
    data = bytearray((source / "a.tif").read_bytes())
    data[-9000:-6000] = bytes(3000)
    (source / "a.tif").write_bytes(data)
    report = restore_folder(mending(Negative()), source, output, CPU)
    ((_, reason),) = report.failed
    assert "page 2 of 2: damaged" in reason
    assert [path.name for path in output.iterdir()] == [MANIFEST_NAME]


def test_masks_limit_where_it_works(tmp_path: Path) -> None:
    source, masks = tmp_path / "in", tmp_path / "masks"
    for name in ("x/a.jpg", "b.png", "c.png"):
        picture(source / name, 0.2)
    half = np.zeros((20, 30), np.uint8)
    half[:, 15:] = 255
    (masks / "x").mkdir(parents=True)
    Image.fromarray(half).save(masks / "x" / "a.png")
    Image.fromarray(half[:10]).save(masks / "b.png")
    config = CPU.model_copy(update={"mask": str(masks)})
    report = restore_folder(mending(Negative()), source, tmp_path / "out", config)
    found = read_image(tmp_path / "out" / "x" / "a.png")
    np.testing.assert_allclose(found[:, :15], 0.2, atol=0.01)
    np.testing.assert_allclose(found[:, 15:], 0.8, atol=0.01)
    np.testing.assert_allclose(read_image(tmp_path / "out" / "c.png"), 0.8, atol=1e-6)  # it has no mask
    ((path, reason),) = report.failed
    assert path.name == "b.png" and "the mask has 30 x 10 pixels, its picture 30 x 20" in reason
    assert manifest(tmp_path / "out")["x/a.jpg"]["settings"]["mask"].endswith("a.png")
    for wrong, said in ((tmp_path / "none", "does not exist"), (masks / "b.png", "must be a folder")):
        config = CPU.model_copy(update={"mask": str(wrong)})
        with pytest.raises(ParameterError, match=said):
            restore_folder(mending(Negative()), source, tmp_path / "new", config)


def test_what_is_no_picture_is_neither_waited_for_nor_followed(tmp_path: Path) -> None:
    source = tmp_path / "in"
    picture(source / "a.png")
    secret = picture(tmp_path / "secret.png")
    (source / "out.png").symlink_to(secret)
    os.mkfifo(source / "pipe.jpg")
    (source / "line\nbreak.png").write_bytes((source / "a.png").read_bytes())
    report = restore_folder(mending(Negative()), source, tmp_path / "out", CPU)
    assert [path.name for path in report.done] == ["a.png"]
    reasons = " ".join(reason for _, reason in report.failed)
    assert "a link that leaves the folder" in reasons and "pipes and devices are not read" in reasons
    assert "can't be printed" in reasons


def test_names_that_are_no_text_do_not_cost_the_manifest(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png")
    odd = os.fsdecode(b"\xff.png")
    (source / odd).write_bytes((source / "a.png").read_bytes())
    for there in (0, 1):  # the second time it is read
        report = restore_folder(mending(Negative()), source, output, CPU)
        assert (len(report.done), len(report.kept), len(report.failed)) == (1 - there, there, 1)
        assert set(manifest(output)) == {"a.png", odd}
    alone = restore_folder(mending(Negative()), source / odd, tmp_path / "alone", CPU)
    assert [path.name for path in alone.done] == [odd]


def test_nothing_to_restore(tmp_path: Path) -> None:
    with pytest.raises(PhotosError, match="does not exist"):
        restore_folder(mending(Negative()), tmp_path / "nowhere", tmp_path / "out", CPU)
    (tmp_path / "in").mkdir()
    with pytest.raises(PhotosError, match="no pictures in"):
        restore_folder(mending(Negative()), tmp_path / "in", tmp_path / "out", CPU)


def test_failing_network_is_a_reason(tmp_path: Path) -> None:
    class OutOfMemory(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            raise torch.OutOfMemoryError("CUDA out of memory")

    picture(tmp_path / "in" / "a.png")
    report = restore_folder(mending(OutOfMemory()), tmp_path / "in", tmp_path / "out", CPU)
    ((path, reason),) = report.failed
    assert path == tmp_path / "in" / "a.png"
    assert reason.startswith("not enough memory for a tile of 64 px")


def test_whatever_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    class Surprised(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            if batch.mean() > 0.5:
                raise KeyError("bright")
            return batch

    picture(tmp_path / "in" / "a.png", 0.9)
    picture(tmp_path / "in" / "b.png", 0.1)
    report = restore_folder(mending(Surprised()), tmp_path / "in", tmp_path / "out", CPU)
    assert [path.name for path in report.done] == ["b.png"]
    assert report.failed == [(tmp_path / "in" / "a.png", "KeyError: 'bright'")]


def test_interruption_leaves_a_manifest(tmp_path: Path) -> None:
    class Interrupted(nn.Module):
        calls = 0

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return batch

    for name in "abc":
        picture(tmp_path / "in" / f"{name}.png")
    with pytest.raises(KeyboardInterrupt):
        restore_folder(mending(Interrupted()), tmp_path / "in", tmp_path / "out", CPU)
    assert set(manifest(tmp_path / "out")) == {"a.png"}
    report = restore_folder(mending(Negative()), tmp_path / "in", tmp_path / "out", CPU)
    assert (len(report.kept), len(report.done)) == (1, 2)


def test_foreign_manifest_is_not_overwritten(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MANIFEST_NAME).write_text('{"name": "web app"}')
    with pytest.raises(ParameterError, match="not a manifest of restored pictures"):
        restore_folder(mending(Negative()), tmp_path / "in", tmp_path / "out", CPU)


@pytest.mark.parametrize("device", ["tpu9", "cuda:99"])
def test_missing_device(device: str) -> None:
    with pytest.raises(ParameterError, match=f"device '{device}' can't be used"):
        mending(Negative(), config=RestoreConfig(device=device))


def test_contradicting_parameters_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most half of tile=64"):
        RestoreConfig(tile=64, overlap=33)
    with pytest.raises(ValidationError, match="did you mean 'overlap'"):
        RestoreConfig.model_validate({"overlaps": 3})

import hashlib
import json
from pathlib import Path
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
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import output_names, restore_folder
from wordmend.restoration.manifest import MANIFEST_NAME

CPU = RestoreConfig(device="cpu", tile=64, overlap=16)


class Negative(nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return 1 - batch


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
    report = restore_folder(Negative(), source, output, CPU)
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
    assert entries["a.png"]["seconds"] >= 0
    assert entries["broken.jpg"]["status"] == "failed"
    assert "not an image" in entries["broken.jpg"]["reason"]


def test_results_that_are_there_are_kept_unless_told_otherwise(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png")
    picture(source / "b.png")
    restore_folder(Negative(), source, output, CPU)
    before = manifest(output)
    (output / "b.png").unlink()
    write_image(output / "a.png", np.zeros((20, 30, 3), dtype=np.float32))
    report = restore_folder(Negative(), source, output, CPU)
    assert ([path.name for path in report.kept], [path.name for path in report.done]) == (
        ["a.png"],
        ["b.png"],
    )
    assert read_image(output / "a.png").max() == 0
    assert manifest(output)["a.png"] == before["a.png"]
    report = restore_folder(Negative(), source, output, CPU.model_copy(update={"overwrite": True}))
    assert len(report.done) == 2
    assert read_image(output / "a.png").max() > 0


def test_result_without_a_record_is_noted(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png")
    picture(output / "a.png")
    restore_folder(Negative(), source, output, CPU)
    assert manifest(output)["a.png"]["status"] == "kept"


def test_pictures_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png", 0.2)
    picture(source / "a.bmp", 0.6)
    report = restore_folder(Negative(), source, output, CPU)
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
    assert all(output.endswith(".png") for output in outputs.values())


def test_single_picture(tmp_path: Path) -> None:
    path = picture(tmp_path / "in" / "a.bmp")
    report = restore_folder(Negative(), path, tmp_path / "in" / "restored", CPU, channels=1)
    assert report.done == [tmp_path / "in" / "restored" / "a.png"]
    with Image.open(report.done[0]) as image:
        assert image.mode == "L"


def test_inputs_are_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "in"
    path = picture(source / "a.png")
    with pytest.raises(ParameterError, match="is where the input is"):
        restore_folder(Negative(), source, tmp_path / "in" / ".." / "in", CPU)
    with pytest.raises(ParameterError, match="is where the input is"):
        restore_folder(Negative(), path, source, CPU)
    with pytest.raises(ParameterError, match="lies in the input"):
        restore_folder(Negative(), source, source / "restored", CPU)
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(ParameterError, match="is where the input is"):
        restore_folder(Negative(), source, tmp_path / "link", CPU)
    with pytest.raises(ParameterError, match="is a file"):
        restore_folder(Negative(), source, path, CPU)
    picture(source / "in" / "a.png")  # its result would be tmp_path/in/a.png
    with pytest.raises(ParameterError, match="would overwrite 1 input pictures"):
        restore_folder(Negative(), source, tmp_path, CPU)
    np.testing.assert_allclose(read_image(path), 0.2, atol=1e-6)


def test_nothing_to_restore(tmp_path: Path) -> None:
    with pytest.raises(PhotosError, match="does not exist"):
        restore_folder(Negative(), tmp_path / "nowhere", tmp_path / "out", CPU)
    (tmp_path / "in").mkdir()
    with pytest.raises(PhotosError, match="no pictures to restore"):
        restore_folder(Negative(), tmp_path / "in", tmp_path / "out", CPU)


def test_failing_network_is_a_reason(tmp_path: Path) -> None:
    class OutOfMemory(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            raise torch.OutOfMemoryError("CUDA out of memory")

    picture(tmp_path / "in" / "a.png")
    report = restore_folder(OutOfMemory(), tmp_path / "in", tmp_path / "out", CPU)
    assert report.failed == [(tmp_path / "in" / "a.png", "not enough memory; set tile to less")]


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
        restore_folder(Interrupted(), tmp_path / "in", tmp_path / "out", CPU)
    assert set(manifest(tmp_path / "out")) == {"a.png"}
    report = restore_folder(Negative(), tmp_path / "in", tmp_path / "out", CPU)
    assert (len(report.kept), len(report.done)) == (1, 2)


def test_foreign_manifest_is_not_overwritten(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MANIFEST_NAME).write_text('{"name": "web app"}')
    with pytest.raises(ParameterError, match="not a manifest of restored pictures"):
        restore_folder(Negative(), tmp_path / "in", tmp_path / "out", CPU)


@pytest.mark.parametrize("device", ["tpu9", "cuda:99"])
def test_missing_device(tmp_path: Path, device: str) -> None:
    picture(tmp_path / "in" / "a.png")
    with pytest.raises(ParameterError, match=f"device '{device}' can't be used"):
        restore_folder(Negative(), tmp_path / "in", tmp_path / "out", RestoreConfig(device=device))


def test_contradicting_parameters_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most half of tile=64"):
        RestoreConfig(tile=64, overlap=33)
    with pytest.raises(ValidationError, match="did you mean 'overlap'"):
        RestoreConfig.model_validate({"overlaps": 3})

"""The page of results beside their inputs, as text and in a browser."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import nn

from tests.browser import opened
from wordmend.errors import WordmendError
from wordmend.images.picture import Picture
from wordmend.images.picture_writing import write_pictures
from wordmend.images.reading import read_image
from wordmend.images.writing import write_image
from wordmend.restoration.before_after import PAGE_NAME, write_before_after
from wordmend.restoration.config import RestoreConfig
from wordmend.restoration.folder import restore_folder
from wordmend.restoration.job import restore_pictures
from wordmend.restoration.manifest import MANIFEST_NAME
from wordmend.restoration.picture_restorer import PictureRestorer
from wordmend.restorers.chosen import ChosenWeights
from wordmend.restorers.config import RestorerConfig
from wordmend.restorers.weights import Restorer

CONFIG = RestoreConfig(device="cpu", tile=64, overlap=16)
BAD_NAME = "\"><script>alert(1)<\\script>&'#%3f.png"


class Darker(nn.Module):
    """Takes half of the brightness away: the brighter, the larger the change."""

    def forward(self, batch):
        return batch / 2


def restored(source: Path, output: Path, config: RestoreConfig = CONFIG) -> str:
    """The page after a restoration, its white space made single."""
    restore_folder(PictureRestorer(Restorer(Darker(), RestorerConfig()), config), source, output, config)
    return page_of(source, output, config)


def page_of(source: Path, output: Path, config: RestoreConfig = CONFIG) -> str:
    return " ".join(write_before_after(source, output, config).read_text(encoding="utf-8").split())


def plain(path: Path, value: int, size: tuple[int, int] = (60, 40)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def names_on(page: str) -> list[str]:
    return re.findall("<h2>(.*?)</h2>", page.split("Could not be", maxsplit=1)[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures, the brighter the later."""
    for place, name in enumerate(("a.png", "b.jpg", "sub/c.png", BAD_NAME)):
        plain(tmp_path / "in" / name, 50 + 60 * place)
    return tmp_path / "in"


def test_those_that_changed_most_are_shown_first(folder: Path, tmp_path: Path):
    page = restored(folder, tmp_path / "out")
    assert "4 pictures were restored." in page
    assert [name.rpartition(".")[0][-1] for name in names_on(page)] == ["f", "c", "b", "a"]
    assert "9.8 %; in the detail 9.8 %" in page
    assert "60 \N{MULTIPLICATION SIGN} 40 pixels, colour, 8 bits" in page
    page = page_of(folder, tmp_path / "out", CONFIG.model_copy(update={"before_after": 2}))
    assert "4 pictures were restored; the 2 that changed most are shown." in page
    assert len(names_on(page)) == 2


def test_it_tells_what_was_done(tmp_path: Path):
    plain(tmp_path / "masks" / "a.png", 255)
    (tmp_path / "in").mkdir()
    Image.new("CMYK", (60, 40)).save(tmp_path / "in" / "a.jpg")
    config = CONFIG.model_copy(update={"strength": 0.5, "mask": str(tmp_path / "masks")})
    page = restored(tmp_path / "in", tmp_path / "out", config)
    assert "<dt>strength</dt><dd>0.5</dd>" in page
    assert f"<dt>mask</dt><dd>{tmp_path / 'masks' / 'a.png'}</dd>" in page
    assert "<dt>of the file</dt><dd>CMYK became RGB</dd>" in page


def test_nothing_is_asked_for_from_outside_and_names_are_escaped(folder: Path, tmp_path: Path):
    (folder / "bad<b>.png").write_bytes(b"no picture")
    (folder / "line\nbreak<i>.png").write_bytes((folder / "a.png").read_bytes())
    (folder / os.fsdecode(b"\xff.png")).write_bytes((folder / "a.png").read_bytes())
    page = restored(folder, tmp_path / "out")
    assert "\\udcff.png" in page
    assert "default-src 'none'" in page and page.count("<script>") == 1
    links = [link for link in re.findall('(?:src|href)="(.*?)"', page) if not link.startswith("data:")]
    assert links[1:] == ["sub/c.png", "b.png", "a.png"]
    assert re.fullmatch(r"[\w%.]+", links[0])  # of the bad name
    assert "<b>.png" not in page and "bad&lt;b&gt;.png" in page
    assert "<i>" not in page and "&lt;i&gt;" in page


def test_what_failed_is_listed_with_its_reason(tmp_path: Path):
    plain(tmp_path / "in" / "good.png", 100)
    (tmp_path / "in" / "bad.jpg").write_bytes(b"no picture")
    page = restored(tmp_path / "in", tmp_path / "out")
    assert "1 picture was restored, 1 could not be." in page
    assert re.search("Could not be restored.*<code>bad.jpg</code>: .*not an image", page)


def test_pages_of_a_file_are_shown_one_by_one(tmp_path: Path):
    pages = [Picture(np.full((40, 60, 1), value, np.uint16)) for value in (1000, 60_000, 30_000)]
    write_pictures(tmp_path / "in" / "album.tif", pages)
    page = restored(tmp_path / "in", tmp_path / "out", CONFIG.model_copy(update={"before_after": 2}))
    assert "3 pictures were restored; the 2 that changed most are shown." in page
    assert names_on(page) == ["album.tif, page 2 of 3", "album.tif, page 3 of 3"]
    assert "gray, 16 bits" in page


def test_results_of_earlier_runs_are_shown_too(folder: Path, tmp_path: Path):
    plain(tmp_path / "out" / "a.png", 0)  # a result that nobody knows anything about
    page = restored(folder, tmp_path / "out")
    assert len(names_on(page)) == 4
    assert "before this manifest was begun" in page
    content = json.loads((tmp_path / "out" / MANIFEST_NAME).read_text())
    noted = {record["input"]: record for record in content["pictures"]}
    assert noted["a.png"]["differences"] == pytest.approx([50 / 255], abs=1e-5)
    assert noted["b.jpg"]["differences"] == pytest.approx([55 / 255], abs=0.01)
    again = restored(folder, tmp_path / "out")
    assert again == page


def test_of_single_pictures_in_turn_all_are_shown(folder: Path, tmp_path: Path):
    restored(folder / "a.png", tmp_path / "out")
    assert names_on(restored(folder / "b.jpg", tmp_path / "out")) == ["b.jpg", "a.png"]
    odd = (folder / "a.png").rename(folder / os.fsdecode(b"\xff.png"))
    assert '<a href="%FF.png">\\udcff.png</a>' in restored(odd, tmp_path / "alone")


def test_what_can_not_be_compared_is_told_and_does_not_stop_the_rest(folder: Path, tmp_path: Path):
    plain(tmp_path / "out" / "a.png", 0, size=(61, 40))
    restored(folder, tmp_path / "out")
    (folder / "b.jpg").unlink()
    page = page_of(folder, tmp_path / "out")
    assert "3 pictures were restored, 2 can't be compared" in page
    assert re.search("<code>a.png</code>: the input has 60 x 40 pixels, the result 61 x 40", page)
    assert re.search("<code>b.jpg</code>: .*no such file", page)
    assert len(names_on(page)) == 2


@pytest.mark.parametrize("most", [0, 50])
def test_restore_leaves_the_page_also_when_a_picture_fails(most: int, folder: Path, tmp_path: Path):
    weights = ChosenWeights(Restorer(Darker(), RestorerConfig()), "stage2")
    (folder / "bad.png").write_bytes(b"no picture")
    given = {"input": str(folder), "output": str(tmp_path / "out"), "before_after": most}
    with pytest.raises(WordmendError, match="1 pictures could not be restored"):
        restore_pictures(lambda: weights, CONFIG.model_copy(update=given))
    assert (tmp_path / "out" / PAGE_NAME).exists() == bool(most)


@pytest.mark.slow
def test_a_person_moves_the_divider_in_the_browser(tmp_path: Path):
    rng = np.random.default_rng(0)
    write_image(tmp_path / "in" / "large.png", rng.random((900, 1600, 3), dtype=np.float32))
    plain(tmp_path / "in" / BAD_NAME, 200)
    restored(tmp_path / "in", tmp_path / "out")
    shutil.copy(tmp_path / "out" / PAGE_NAME, tmp_path / "page.html")  # nothing beside it is needed
    with opened(tmp_path / "page.html", has_touch=True, viewport={"width": 1200, "height": 900}) as tab:
        assert tab.locator("h2").all_inner_texts() == [BAD_NAME, "large.png"]
        assert tab.evaluate("[...document.images].every((each) => each.naturalWidth > 0)")
        compare = tab.locator(".picture:nth-of-type(3) .compare").first
        compare.scroll_into_view_if_needed()
        box = compare.bounding_box()
        assert box is not None
        x, y = box["x"], box["y"] + box["height"] / 2

        def at() -> float:
            """Where the divider is, in shares of the width; and that the pictures are clipped there."""
            divider = compare.locator(".divider").bounding_box()
            assert divider is not None
            share = (divider["x"] + divider["width"] / 2 - box["x"]) / box["width"]
            clip = compare.locator(".after").evaluate("(each) => getComputedStyle(each).clipPath")
            cut = float(clip.removesuffix("%)").split()[-1])
            assert share == pytest.approx(cut / 100, abs=0.01)
            return share

        assert at() == pytest.approx(0.5, abs=0.01)
        tab.mouse.move(x + 0.5 * box["width"], y)
        tab.mouse.down()
        for share in (0.4, 0.3, 0.2):
            tab.mouse.move(x + share * box["width"], y + 20)
        assert at() == pytest.approx(0.2, abs=0.01)
        tab.mouse.up()
        tab.mouse.move(x + 0.9 * box["width"], y)
        assert at() == pytest.approx(0.2, abs=0.01)
        for key, wanted in (("ArrowRight", 0.21), ("ArrowLeft", 0.2), ("End", 1.0), ("Home", 0.0)):
            tab.keyboard.press(key)
            assert at() == pytest.approx(wanted, abs=0.01)
        tab.touchscreen.tap(x + 0.7 * box["width"], y)
        assert at() == pytest.approx(0.7, abs=0.01)
        finger = tab.context.new_cdp_session(tab)
        for kind, share in (("touchStart", 0.7), ("touchMove", 0.6), ("touchMove", 0.4), ("touchEnd", None)):
            points = [] if share is None else [{"x": x + share * box["width"], "y": y}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert at() == pytest.approx(0.4, abs=0.01)
        # the left side shows the input, which is twice as bright
        seen = tmp_path / "seen.png"
        compare.screenshot(path=seen)
        shown = read_image(seen)
        left, right = (shown[20:300, part].mean() for part in (slice(10, 100), slice(-100, -10)))
        assert left == pytest.approx(0.5, abs=0.03) and right == pytest.approx(0.25, abs=0.03)

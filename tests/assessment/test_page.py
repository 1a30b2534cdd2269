"""The page of assessed pictures, as text and in a browser."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.assessment.conftest import NoiseModel
from tests.browser import opened
from wordmend.assessment.assess import assess_image
from wordmend.assessment.config import DEFAULT_TEXTS
from wordmend.assessment.gallery import Gallery
from wordmend.assessment.overlay import overlay, overlay_url
from wordmend.assessment.page import render_page

BAD_NAME = 'a"><script>alert(1)</script>.png'


def gallery_of(model: NoiseModel, noise: dict[str, float], most: int = 10) -> Gallery:
    gallery = Gallery(most, side=64)
    rng = np.random.default_rng(0)
    for name, amount in noise.items():
        picture = np.full((64, 96, 3), 0.5, np.float32) + rng.normal(0, amount, (64, 96, 3)).astype(
            np.float32
        )
        picture = np.clip(picture, 0, 1)
        gallery.add(name, picture, assess_image(model, picture), f"words about {name}")
    return gallery


@pytest.fixture
def page(model: NoiseModel) -> str:
    cards = gallery_of(model, {BAD_NAME: 0.0, "noisy.png": 0.1, "noisier.png": 0.3}).cards
    return render_page(cards, 5, {"<b>.jpg": "no <i>image</i>"}, DEFAULT_TEXTS, 0.5)


def test_a_gallery_keeps_the_worst(model: NoiseModel):
    gallery = gallery_of(model, {"a": 0.0, "b": 0.3, "c": 0.05, "d": 0.1, "e": 0.0}, most=2)
    assert [card.name for card in gallery.cards] == ["b", "d"]
    assert gallery_of(model, {"a": 0.3}, most=0).cards == []


def test_the_page_asks_for_nothing_from_outside_and_escapes_names(page: str):
    assert "default-src 'none'" in page
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)
    assert page.count("<script>") == 1
    assert "alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;.jpg" in page and "no &lt;i&gt;image" in page


def test_it_tells_how_many_there_are_and_shows_the_worst_first(page: str):
    assert "5 pictures were assessed, 1 could not be; the 3 worst are shown" in " ".join(page.split())
    assert page.index("words about noisier") < page.index("words about noisy")
    assert "the image has no noise / the image has noise" in page


def test_colours_grow_denser_with_what_is_wrong():
    colours = overlay(np.array([[1.0, 0.5, 0.0, np.nan]], np.float32))
    assert colours.shape == (1, 4, 4)
    assert colours[0, 0, 3] == colours[0, 3, 3] == 0
    assert 0 < colours[0, 1, 3] < colours[0, 2, 3]


@pytest.mark.slow
def test_a_person_sorts_and_filters_in_the_browser(page: str, tmp_path: Path):
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    with opened(tmp_path / "page.html") as tab:
        names = "#pictures > li:not([hidden]) .name"
        assert tab.locator(names).all_inner_texts() == ["noisier.png", "noisy.png", BAD_NAME]
        # the model finds the same in all dimensions, so one score is changed
        tab.evaluate("document.querySelector('#pictures > li').setAttribute('data-scratches-score', '2')")
        tab.select_option("#look", "scratches")
        assert tab.locator(names).all_inner_texts() == ["noisy.png", BAD_NAME, "noisier.png"]
        tab.select_option("#part", "worst")
        assert tab.locator(names).all_inner_texts() == ["noisier.png", "noisy.png", BAD_NAME]
        assert tab.locator(".map[data-dimension=scratches]:visible").count() == 3
        assert tab.locator(".map[data-dimension=noise]:visible").count() == 0
        tab.uncheck("#heat")
        assert tab.locator(".map:visible").count() == 0
        tab.fill("#name", "ALERT")
        assert tab.locator(names).all_inner_texts() == [BAD_NAME]
        assert tab.locator("#status").inner_text() == "1 of 3 pictures are shown."
        tab.fill("#name", "")
        tab.select_option("#look", "noise")
        tab.check("#only")
        assert tab.locator(names).all_inner_texts() == ["noisier.png", "noisy.png"]


def test_a_map_is_scaled_down_to_its_thumbnail_and_holes_in_it_do_not_spread():
    scores = np.ones((80, 160), np.float32)
    scores[:, :40] = np.nan
    scores[:, 120:] = 0
    kind, data = overlay_url(scores, 32).split(",")
    assert kind == "data:image/png;base64"
    alpha = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))[..., 3]
    assert alpha.shape == (16, 32)
    assert not alpha[:, :24].any()
    assert alpha[:, 24:].min() > 100

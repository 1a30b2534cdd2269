from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.test_report import NASTY, Page, report
from wordmend.comments.words import TargetText
from wordmend.evaluation.report import render_report
from wordmend.evaluation.report_data import GuidingWords, Trail
from wordmend.evaluation.trail import TRAIL_TYPES, trail_table
from wordmend.training.visits import Visit, rows_of, rows_to_table

ARMS = ("stage1", "control", "stage2")


def comment(number, pair, target, dimension, defects, **other):
    values = dict.fromkeys(TRAIL_TYPES) | {
        "comment_id": f"c{number}",
        "pair_id": pair,
        "sample_id": f"{pair}.restored",
        "photo": "old.jpg",
        "text": NASTY,
        "target": target,
        "dimension": dimension,
        "source": "person",
        "annotator": NASTY,
        "conforms": 1,
    }
    values |= {f"defect_{arm}": value for arm, value in zip(ARMS, defects, strict=True)}
    return values | {f"psnr_{arm}": 30.0 + place for place, arm in enumerate(ARMS)} | other


def guided(text, pair_id, dimension="noise"):
    return Visit(pair_id, 0, "said", None, (TargetText(text, dimension, None, "person", "c"),))


@pytest.fixture(scope="module")
def trail() -> Trail:
    place = {"region_x": 4, "region_y": 6, "region_width": 20, "region_height": 16}
    comments = [
        comment(0, "pair0", NASTY, "noise", (0.2, 0.2, 0.1), **place),
        comment(1, "pair0", None, "noise", (0.2, 0.2, 0.25)),
        comment(2, "pair1", "warm colours", "other", (None, None, None)),
        comment(3, "pair2", "no scratch", "scratches", (0.2, 0.2, 0.201)),
    ]
    steps = [[guided("no noise", "t0"), guided(NASTY, "t1")], [guided("no noise", "t0")]]
    rows = [row for step, visits in enumerate(steps) for row in rows_of(step, range(len(visits)), visits)]
    pictures = {arm: np.full((16, 20, 3), 0.5, np.float32) for arm in ("lq", *ARMS, "gt")}
    photos = {f"pair{n}": NASTY if n == 3 else "old.jpg" for n in range(4)}
    return Trail(trail_table(comments), photos, rows_to_table(rows), {"c0": pictures})


@pytest.fixture(scope="module")
def page(trail: Trail) -> str:
    data = report()
    first = replace(data.examples[0], words=(GuidingWords("no noise", "noise", comment_id="c0"),))
    return render_report(replace(data, trail=trail, examples=(first, *data.examples[1:])))


def part(page: str, begin: str, end: str) -> str:
    return " ".join(" ".join(Page(page[page.index(begin) : page.index(end)]).texts).split())


def entry(page: str, pair_id: str) -> str:
    """The text that opens under a pair."""
    begin = page.index(f'<div id="pair-{pair_id}"')
    return " ".join(" ".join(Page(page[begin : page.index("</details>", begin)]).texts).split())


def test_every_test_picture_is_there_and_every_link_finds_its_picture(page):
    tags = Page(page).tags
    ids = [attributes["id"] for tag, attributes in tags if tag == "div" and "id" in attributes]
    assert sorted(ids) == [f"pair-pair{n}" for n in range(4)]
    links = {attributes["href"] for tag, attributes in tags if tag == "a"}
    assert links == {"#pair-pair0", "#pair-pair1", "#pair-pair2"}


def test_what_was_said_what_changed_and_what_guided_stand_with_the_picture(page):
    text = entry(page, "pair0")
    assert f"wanted: {NASTY} · said: “{NASTY}” (describes the picture) · noise · 20" in text
    assert f"16 pixels at 4, 6 · {NASTY} · of pair0.restored" in text
    assert "defect · stage 1 0.2000 · control 0.2000 · stage 2 0.1000: 50.0 % better" in text
    assert "nothing wished for · said" in text
    assert "25.0 % worse" in text
    guiding = f"3 visits of 2 training pairs, most often “no noise” (2), “{NASTY}” (1)."
    assert f"Words on noise that guided stage 2: {guiding}" in text


def test_psnr_where_there_is_no_defect_and_no_words_alike(page):
    text = entry(page, "pair1")
    assert "PSNR · stage 1 30.00 · control 31.00 · stage 2 32.00: 1.00 dB better" in text
    assert "none, nothing of the kind was said of training pictures" in text


def test_a_change_too_small_to_matter_is_none(page):
    assert "as the control (0.5 % more)" in entry(page, "pair2")


def test_a_picture_of_which_nothing_was_said(page):
    assert "nothing said" in page[: page.index('id="pair-pair3"')][-200:]
    assert entry(page, "pair3") == ""


def test_the_sums_tell_what_was_named_from_what_was_praised(page):
    named = part(page, "<h3>Where words wished", "<h3>Where they wished")
    praised = part(page, "<h3>Where they wished", "<h3>The words that guided")
    assert "noise person 1 1 0.2000 0.2000 0.1000 100 % 0 % 0 % +50.0 %" in named
    assert "other (PSNR) person 1 1 30.00 31.00 32.00 100 % 0 % 0 % +1.00 dB" in named
    assert "noise person 1 1 0.2000 0.2000 0.2500 0 % 0 % 100 % \N{MINUS SIGN}25.0 %" in praised


def test_the_regions_that_changed_most_are_shown(page):
    section = page[page.index("<h3>Where most changed") : page.index("<h3>Find a picture")]
    labels = [a["aria-label"] for tag, a in Page(section).tags if a.get("role") == "img"]
    assert labels == ["stage 1", "control", "stage 2", "original"]
    assert section.count("url(data:image/png") == 4


def test_an_example_tells_what_changed_beside_its_words(page):
    example = page[page.index("the chosen picture of pair0") :]
    words = example[example.index('<ul class="words">') : example.index("</ul>")]
    assert "50.0 % better" in words


def test_the_page_stays_closed_to_the_outside_and_typed_text_stays_text(page):
    whole = Page(page)
    assert all(target.startswith(("data:image/", "#")) for target in whole.fetched)
    assert not [tag for tag, _ in whole.tags if tag in {"script", "link", "iframe", "object"}]
    assert "<script" not in page


def test_nothing_said_at_all():
    data = report(words=False)
    nothing = Trail(trail_table([]), {"pair0": "old.jpg"}, rows_to_table([]))
    text = render_report(replace(data, trail=nothing))
    assert "Nothing was said of the test pictures." in text
    assert "nan" not in "".join(Page(text).texts).lower().split()

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wordmend.errors import ImageError, TableError
from wordmend.evaluation.curves import curve_svgs
from wordmend.evaluation.metrics import measure_images
from wordmend.evaluation.report import render_report, write_report
from wordmend.evaluation.report_data import ARMS, Example, GuidingWords, ReportData

NASTY = "<script>alert('x')</script> & \"the hair\" is clear"


def history(*names):
    rows = [(step, name, 1 / (step + 1)) for name in names for step in range(5)]
    return pd.DataFrame(rows, columns=["step", "name", "value"])


def report(channels=3, size=32, words=True):
    rng = np.random.default_rng(0)
    measured, examples = [], []
    spread = {"lq": 0.2, "stage1": 0.08, "control": 0.06, "stage2": 0.02}
    for number in range(4):
        gt = np.kron(rng.random((8, 8, channels)), np.ones((size // 8, size // 8, 1))).astype(np.float32)
        worse = {"stage2": 0.1} if number == 3 else {}
        images = {
            arm: np.clip(gt + rng.normal(0, s, gt.shape), 0, 1).astype(np.float32)
            for arm, s in {**spread, **worse}.items()
        }
        measured += [(arm, (f"pair{number}", image, gt, None, images["lq"])) for arm, image in images.items()]
        said = (GuidingWords(NASTY, "noise", (4, 6, 20, 16), "person"), GuidingWords("no noise", "noise"))
        examples.append(
            Example(f"pair{number}", {"gt": gt, **images}, said if words else (), NASTY, "noise .2")
        )
    table = pd.concat([measure_images(arm, [row]) for arm, row in measured])
    named = pd.DataFrame([(f"pair{n}", "noise") for n in range(4)], columns=["pair_id", "dimension"])
    return ReportData(
        title=NASTY,
        per_image=table,
        named=named if words else named.iloc[:0],
        examples=tuple(examples),
        quality={"accuracy": 0.9, "negation_accuracy": None, "auc": 0.95},
        judge={"accuracy": 0.81, "negation_accuracy": 0.7, "auc": 0.88},
        guard={
            "sentences": ["The guard looked once and found nothing.", NASTY],
            "rows": [
                {
                    "step": 0,
                    "cells": ["1 against 1"] * 4,
                    "finding": "nothing",
                    "words_factor": "1",
                    "action": "-",
                }
            ],
        },
        release={
            "told": "Stage 2 has not earned it.",
            "goals": [
                {"name": NASTY, "reached": reached, "told": told}
                for reached, told in ((True, "+0.1 dB"), (False, NASTY), (None, "not measured"))
            ],
            "promotion": {
                "told": "The champion stays.",
                "goals": [{"name": "PSNR", "reached": False, "told": "-0.2 dB"}],
            },
        },
        curves={"Stage 2": {"stage 2": history("loss", "pixel_loss"), "control": history("loss")}},
        provenance={"git revision": NASTY},
        parameters={"stage2": {"loop": {"steps": 20}, "words": [NASTY]}},
    )


class Page(HTMLParser):
    """Collects tags, texts and everything that a browser would fetch."""

    void = frozenset({"meta", "input", "br", "img", "link"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.fetched, self.texts = [], [], [], []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)
        self.fetched += [v for k, v in attrs if k in {"src", "href", "xlink:href", "srcset", "data"}]
        self.fetched += re.findall(r"url\(([^)]*)\)", dict(attrs).get("style") or "")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.fetched += [v for k, v in attrs if k in {"src", "href", "xlink:href"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def page():
    return Page(render_report(report()))


def test_the_page_is_whole_and_asks_for_nothing_from_outside(page):
    assert page.fetched
    assert all(target.startswith(("data:image/", "#")) for target in page.fetched)
    assert not [tag for tag, _ in page.tags if tag in {"script", "link", "iframe", "object"}]


def test_what_people_typed_stays_text(page):
    text = "".join(page.texts)
    assert text.count(NASTY) >= 4


def test_order_verdict_numbers_judge_pictures_curves_origin(page):
    text = "".join(page.texts)
    parts = [
        "Guided by words, the model",
        "The numbers",
        "The quality model",
        "The judge",
        "The guard looked once",
        "Stage 2 has not earned it. The champion stays.",
        "not known",
        "Against the champion that there was",
        "Before and after",
        "Where the words helped most",
        "Where they helped least or harmed",
        "How the trainings went",
        "Where it comes from",
        "How each number is measured",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_every_arm_of_every_example_can_be_chosen_and_regions_are_drawn(page):
    radios = [a for tag, a in page.tags if tag == "input" and a.get("type") == "radio"]
    assert len(radios) == 4 * 5
    assert {a["value"] for a in radios} == {*ARMS, "gt"}
    assert [a["value"] for a in radios if "checked" in a] == ["stage2"] * 4
    assert len({a["name"] for a in radios}) == 4
    frames = [a for tag, a in page.tags if tag == "rect" and a.get("class") == "over"]
    assert [(f["x"], f["y"], f["width"], f["height"]) for f in frames] == [("4", "6", "20", "16")] * 4


def test_the_failure_stands_under_the_failures():
    text = render_report(report())
    failures = text[text.index("Where they helped least or harmed") : text.index("How the trainings went")]
    assert re.findall(r"chosen picture of (pair\d)", failures) == ["pair3"]


def test_the_best_of_each_row_is_marked(page):
    marked = [a for tag, a in page.tags if tag == "td" and a.get("class") == "best"]
    assert len(marked) >= 4


def test_where_stage2_works_is_told():
    told = "where the quality model finds fault with what the control makes, and the control elsewhere. Good"
    for where in ("fault", "everywhere"):
        text = " ".join(render_report(replace(report(), words_where=where)).split())
        assert (told in text) == (where == "fault")


def test_gray_pictures_and_no_words_and_no_extras():
    data = report(channels=1, words=False)
    bare = ReportData(title="bare", per_image=data.per_image, named=data.named)
    for each in (data, bare):
        text = render_report(each)
        assert "No test picture had words of its own" in text
        assert "nan" not in Page(text).texts


def test_large_pictures_are_scaled_down_and_saved_as_jpeg():
    gt = np.random.default_rng(0).random((900, 1000, 3)).astype(np.float32)
    example = Example("pair0", {"gt": gt, "stage2": gt})
    base = report()
    text = render_report(ReportData("large", base.per_image, base.named, (example,)))
    assert "data:image/jpeg" in text
    assert 'viewBox="0 0 1000 900"' in text
    assert len(text) < 2_500_000


def test_writing_replaces_the_file_or_leaves_it(tmp_path: Path):
    path = tmp_path / "new" / "report.html"
    write_report(path, report())
    before = path.read_text(encoding="utf-8")
    assert before.startswith("<!doctype html>")
    data = report()
    broken = ReportData("t", data.per_image[data.per_image["arm"] != "stage2"], data.named)
    with pytest.raises(TableError, match="stage2"):
        write_report(path, broken)
    assert path.read_text(encoding="utf-8") == before
    assert list(path.parent.iterdir()) == [path]


def test_pictures_of_different_sizes_are_refused():
    data = report()
    odd = Example("pair0", {"lq": np.zeros((8, 8, 3)), "gt": np.zeros((8, 9, 3))})
    with pytest.raises(ImageError, match="pair0"):
        render_report(ReportData("t", data.per_image, data.named, (odd,)))


def test_curves_draw_each_name_once_with_its_runs_as_text():
    pictures = curve_svgs({"stage 2": history("loss", "similarity"), "control": history("loss")}, "Stage <2>")
    assert len(pictures) == 2
    assert all(svg.startswith('<svg class="curves"') and svg.rstrip().endswith("</svg>") for svg in pictures)
    assert all(">stage 2</text>" in svg for svg in pictures)
    assert [">control</text>" in svg for svg in pictures] == [True, False]
    assert 'aria-label="Stage &lt;2&gt;: loss"' in pictures[0]
    assert all("<metadata" not in svg and "#010203" not in svg and "currentColor" in svg for svg in pictures)
    assert curve_svgs({"stage 2": history("loss")}, "a") == curve_svgs({"stage 2": history("loss")}, "a")


def test_curves_of_nothing_and_of_gaps():
    assert curve_svgs({}, "none") == []
    gaps = pd.DataFrame({"step": [1, 2, 3], "name": "loss", "value": [1.0, np.nan, np.inf]})
    assert len(curve_svgs({"run": gaps}, "gaps")) == 1
    with pytest.raises(TableError, match="melt"):
        curve_svgs({"run": gaps.drop(columns="name")}, "gaps")


def test_what_people_said_is_shown_and_escaped():
    people = {
        "people": [{"annotator": NASTY, "commented": 3, "skipped": 1, "comments": 5, "seconds": None}],
        "agreement": {"noise": {"pictures": 2, "kappa": 0.5}, "sharpness": {"pictures": 2, "kappa": None}},
        "disagreements": [
            {
                "sample_id": "a.restored",
                "dimension": "missing_parts",
                "annotator": "ada",
                "person": NASTY,
                "measured": "parts of the image are missing",
            }
        ],
        "asks": [{"sample_id": "a.restored", "annotator": "ada", "reason": NASTY}],
    }
    page = Page(render_report(replace(report(), people=people)))
    shown = " ".join(page.texts)
    assert "The people" in shown
    assert "0.50" in shown
    assert "parts of the image are missing" in shown
    assert not any(tag == "script" for tag, _ in page.tags)
    nobody = {"people": [], "agreement": {}, "disagreements": [], "asks": []}
    assert "The people" not in " ".join(Page(render_report(replace(report(), people=nobody))).texts)


def test_whose_words_guided_is_shown_and_escaped():
    used = {
        "images": {"said": 5, "preset": 3, "asked": 2},
        "texts": [
            {"source": "person", "times": 11, "pairs": 4},
            {"source": "preset", "times": 6, "pairs": 3},
        ],
        "persons": [{"text": NASTY, "times": 11, "pairs": 4}],
        "asked": 7,
        "heard": 4,
    }
    page = Page(render_report(replace(report(), words_used=used)))
    shown = " ".join(page.texts)
    assert "asked about 7 pictures" in shown
    assert "guided 4 of them" in shown
    assert "people's" in shown
    assert not any(tag == "script" for tag, _ in page.tags)
    assert "The words of stage 2" not in " ".join(Page(render_report(report())).texts)

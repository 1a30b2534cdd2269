"""The study's page, its pictures, and what the terminal says."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.study.test_study_summary import ARMS, GOOD, RIVAL, made_up
from wordmend.evaluation.goal import as_rows
from wordmend.pages.formatting import MINUS
from wordmend.study.arms import Arm
from wordmend.study.figures import trade_points, trade_svgs
from wordmend.study.goals import goals_of
from wordmend.study.page import render_study, shown
from wordmend.study.photographs import changes_by_photograph
from wordmend.study.summary import main_numbers, shares_used, summarize_study
from wordmend.study.terminal import study_summary

IMAGES = made_up(stage2=GOOD | {"noise": 0.9}, unsharp_0_3=RIVAL, sharpness_loss_0_1=RIVAL)
SUMMARY = summarize_study(IMAGES)
GOALS = goals_of(IMAGES, SUMMARY, ARMS)


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    left_out = ["seed 1: arm <5>"]
    parameters, provenance = {"stage2": {"w_text": 0.003}}, {"git.commit": "abc"}
    photographs = changes_by_photograph(IMAGES)
    is_stage2 = IMAGES["arm"] == "stage2"
    shares = shares_used(IMAGES.assign(control_share=IMAGES["seed"].map({0: 0.1, 1: 0.6}).where(is_stage2)))
    return render_study(SUMMARY, photographs, shares, GOALS, ARMS, left_out, parameters, provenance)


def test_the_page_is_whole_and_asks_for_nothing_from_outside(page: str):
    parsed = Text()
    parsed.feed(page)
    assert "script" not in parsed.tags
    assert not re.findall(r"(?:src|href)=\"(?!#)", page.replace('xlink:href="#', ""))
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert parsed.tags.count("svg") == 4


def test_it_tells_goals_numbers_seeds_and_what_is_left(page: str):
    parsed = Text()
    parsed.feed(page)
    text = " ".join(" ".join(parsed.words).split())
    assert "10 of 11 goals are reached; steps of the study that are not made yet: 1" in text
    assert f"noise where named: a fifth less, at the control's PSNR no {MINUS}10.0 %" in text
    minus = "\N{MINUS SIGN}"
    assert f"noise {minus}10.0 % [{minus}10.0, {minus}10.0] (40)" in text
    assert f"PSNR {minus}0.010 dB" in text
    assert "seed 1: arm <5>" in text
    assert f"photo 3 1 15 {minus}0.010 dB +0.0100" in text
    assert "stage2.w_text 0.003" in text and "git.commit abc" in text
    assert "measure 0 1" in text  # the seeds
    assert "share of the control in its weights 0.1 0.6" in text
    assert "Steering" not in text  # no arm of it


def test_before_anything_is_measured_there_is_a_page():
    empty = IMAGES.iloc[:0]
    summary = summarize_study(empty)
    page = render_study(
        summary,
        changes_by_photograph(empty),
        shares_used(empty),
        goals_of(empty, summary, ARMS),
        ARMS,
        ["all"],
        {},
        {},
    )
    assert "0 of 11 goals are reached" in page


def test_the_curves_have_the_points_of_the_arms():
    arms = [*ARMS, Arm("not made", "unsharp mask", strength=9)]
    assert trade_points(SUMMARY, arms, "unsharp mask", "sharpness") == [
        (pytest.approx(-0.02), pytest.approx(-0.1), "0.3")
    ]
    assert trade_points(SUMMARY, arms, "stage 2", "noise") == [
        (pytest.approx(-0.01), pytest.approx(-0.1), "stage2")
    ]
    assert all("unsharp mask" in svg and ">0.3<" in svg for svg in trade_svgs(SUMMARY, arms))


def test_changes_are_shown_in_their_units():
    assert [
        shown("psnr", -0.1),
        shown("ssim", 0.01),
        shown("noise", -0.25),
        shown("judge", float("nan")),
    ] == [
        "\N{MINUS SIGN}0.100 dB",
        "+0.0100",
        "\N{MINUS SIGN}25.0 %",
        "\N{EN DASH}",
    ]


def test_the_main_numbers_are_those_of_stage2():
    numbers = main_numbers(SUMMARY)
    assert set(numbers) == {"stage2"}
    assert numbers["stage2"]["noise"] == {
        "named": pytest.approx(-0.1),
        "not_named": pytest.approx(0),
        "all": pytest.approx(-0.033, abs=0.01),
    }


def test_the_terminal_tells_the_goals_and_where_the_page_is(tmp_path: Path):
    told = study_summary(as_rows(GOALS), ["seed 1: judge"], tmp_path / "report.html").splitlines()
    assert told[1].startswith("NOT reached  noise where named")
    assert told[2].startswith("reached      scratches where named")
    assert told[-2] == "Steps left to the next command: 1, beginning with seed 1: judge"
    assert told[-1] == f"Report: {(tmp_path / 'report.html').as_uri()}"

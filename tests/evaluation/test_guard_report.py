import pandas as pd
import pytest

from wordmend.evaluation.guard import sum_up_guard

COLUMNS = [
    "step",
    *(
        f"{arm}{name}"
        for name in ("psnr", "haarpsi", "similarity", "judge_similarity")
        for arm in ("", "control_", "error_")
    ),
    "finding",
    "words_factor",
    "control_share",
    "sharpness_share",
    "action",
    "trusted_step",
]
ALIKE = (25.0, 25.0, 0.02, 0.7, 0.7, 0.001, 0.6, 0.6, 0.01, 0.5, 0.5, 0.02)
QUIET = (*ALIKE, "nothing", 1.0, 0.1, 1.0, "nothing", 25)
LIKED = (25.0, 25.01, 0.02, 0.7, 0.7, 0.001, 0.8, 0.6, 0.01, 0.4, 0.5, 0.02)
FOOLED = (*LIKED, "fooled", 0.25, 0.1, 1.0, "lowered", 0)
UNLIKE = (24.9, 25.0, None, 0.69, 0.7, None, 0.8, 0.6, None, None, None, None)
TOO_FAR = (*UNLIKE, "fooled, too far", 0.25, 0.1, 1.0, "went back", 0)


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame([(25 * place, *row) for place, row in enumerate(rows)], columns=COLUMNS)


def test_nothing_found_is_one_sentence():
    told = sum_up_guard(table(*[QUIET] * 6))
    assert told["sentences"] == ["The guard looked 6 times and found nothing."]
    assert [row["step"] for row in told["rows"]] == [0, 25, 50, 75, 100, 125]


def test_what_was_found_and_done_is_told_with_the_numbers():
    told = sum_up_guard(table(QUIET, FOOLED, TOO_FAR))
    liked = "it liked stage 2 better than the control (0.800 against 0.600)"
    assert told["sentences"] == [
        "The guard looked 3 times.",
        f"At step 25 the quality model was being fooled: {liked}, but the judge liked it less (0.400 against "
        "0.500). The weight of the words was lowered to 0.25 of what is set.",
        f"At step 50 the quality model was being fooled: {liked}, but HaarPSI was lower (0.6900 against "
        "0.7000); and stage 2 had gone too far from the originals: PSNR was 24.90 against 25.00 dB. The "
        "training ended and went back to step 0, stage 2 and the control alike.",
    ]
    assert told["rows"][1]["cells"][:2] == ["25.00 against 25.01 ± 0.02", "0.7000 against 0.7000 ± 0.0010"]
    assert [row["action"] for row in told["rows"]] == ["nothing", "lowered", "went back to step 0"]
    assert told["rows"][2]["cells"][0] == "24.90 against 25.00"
    assert told["rows"][2]["cells"][3] == "\N{EN DASH}"  # there was no judge


def test_that_less_is_used_is_told_and_is_no_look_of_its_own():
    last = (*UNLIKE, "too far", 1.0, 0.1, 1.0, "nothing", 0)
    taken, less = "took in 0.6 of the control", "is used by 0.25 where sharpness alone is at fault"
    for shares, did in (((0.6, 1.0), taken), ((0.0, 0.25), less), ((0.6, 0.25), f"{taken} and {less}")):
        told = sum_up_guard(table(QUIET, last, (*ALIKE, "nothing", 1.0, *shares, "used less", 0)))
        assert told["sentences"] == [
            "The guard looked 2 times.",
            "At step 25 stage 2 had gone too far from the originals: PSNR was 24.90 against 25.00 dB.",
            f"In the end stage 2 {did}, to be near enough to the originals: with it PSNR is 25.00 against "
            "25.00 dB.",
        ]


@pytest.mark.parametrize("path", [None, "guard.csv"])
def test_it_was_off(tmp_path, path):
    empty = table()
    if path is not None:
        empty.to_csv(tmp_path / path, index=False)
        empty = pd.read_csv(tmp_path / path)
    assert sum_up_guard(empty) == {"sentences": ["The guard was off (stage2.guard)."], "rows": []}

"""From stage 1's pictures through a person at the page to the words that guide stage 2."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.labelstudio.browser import person_at
from tests.projects import change_parameters, command, runner_in
from wordmend.labelstudio.annotations import read_annotations
from wordmend.labelstudio.judgements import read_orders
from wordmend.labelstudio.local_server import LocalServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def commented(whole_way: Path, local: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A project whose pictures a person has commented on, and what the person did."""
    project = tmp_path_factory.mktemp("commented") / "project"
    shutil.copytree(whole_way, project)
    command(project, "git", "init", "-q")
    command(project, "dvc", "init", "-q")
    server = local.server
    change_parameters(
        project,
        {
            "annotation_export": {"project": "circle", "samples": 4, "judgements": 3},
            "annotation_import": {"project": "circle"},
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABEL_STUDIO_URL", server.url)
        patch.setenv("LABEL_STUDIO_API_KEY", str(server.api_key))
        with runner_in(project) as run:
            run("annotation_export")
            report = pd.read_json(project / "data/08_reporting/annotation_export.json")
            effort = {}
            with person_at(local, tmp_path_factory.mktemp("profile")) as person:
                person.open_first_task(int(report["project_id"].iloc[0]))
                person.press("n")
                assert person.submit().status == 201
                effort["nothing to object"] = person.next_task()
                person.press("3")
                person.draw(0.25, 0.25, 0.75, 0.5)
                person.type_into("What is wrong", "a scratch is left here")
                assert person.submit().status == 201
                effort["one defect"] = person.next_task()
                person.type_into("Or in your words", "the hair is clear")
                person.choose("describe what I want")
                assert person.submit().status == 201
                effort["words"] = person.next_task()
                judgements = json.loads((project / "data/08_reporting/judgement_export.json").read_text())
                person.open_first_task(judgements["project_id"])
                person.press("2")
                assert person.submit().status == 201
                effort["judgement"] = person.next_task()
            run("annotation_import")
            run("evaluation")
            people = json.loads((project / "data/08_reporting/people.json").read_text())
            page = (project / "data/08_reporting/report.html").read_text()
            # as many steps as show every sample once
            change_parameters(project, {"clip_quality": {"loop": {"steps": 100}}})
            for pipeline in ("clip_quality", "stage2", "evaluation"):
                run(pipeline)
    return {
        "project": project,
        "asked": list(report["put_up"]),
        "effort": effort,
        "judged": judgements["put_up"],
        "judgement": people["judgement"],
        "page": page,
    }


def table(commented: dict, name: str) -> pd.DataFrame:
    return pd.read_parquet(commented["project"] / "data" / "04_feature" / f"{name}.parquet")


def test_a_person_needs_few_interactions(commented):
    assert commented["effort"]["nothing to object"] <= 3
    assert commented["effort"]["one defect"] <= 6


def test_the_words_arrive_with_place_dimension_class_and_person(commented):
    comments = table(commented, "comments")
    said = comments[comments["source"] == "person"].set_index("text")
    assert set(said["annotator"]) == {"wordmend@localhost.org"}
    scratch = said.loc["a scratch is left here"]
    assert scratch["sample_id"] == commented["asked"][1]
    assert (scratch["dimension"], scratch["conforms"]) == ("scratches", 1)
    # the picture has 32 x 32 pixels; a mouse is exact to about one of them
    place = scratch[["region_x", "region_y", "region_width", "region_height"]].astype(int)
    assert (abs(place - [8, 8, 16, 8]) <= 1).all()
    hair = said.loc["the hair is clear"]
    assert (hair["dimension"], hair["conforms"]) == ("sharpness", 0)
    assert pd.isna(hair["region_x"])
    praised = said[said["sample_id"] == commented["asked"][0]]
    assert set(praised["dimension"]) == {"sharpness", "noise", "scratches", "missing_parts"}


def test_a_persons_words_win_over_measured_ones(commented):
    comments, measured = table(commented, "comments"), table(commented, "measured_comments")
    praised = commented["asked"][0]
    assert (comments[comments["sample_id"] == praised]["source"] == "person").all()
    others = measured[~measured["sample_id"].isin(commented["asked"])]
    assert set(others["comment_id"]) <= set(comments["comment_id"])


def test_the_quality_model_learned_from_the_persons_words(commented):
    uses = pd.read_csv(commented["project"] / "data/08_reporting/clip_quality/uses.csv")
    comments = table(commented, "comments")
    theirs = comments[comments["source"] == "person"]
    learned = uses[uses["source"] == "person"]
    assert set(learned["annotator"]) == {"wordmend@localhost.org"}
    assert set(learned["comment_id"]) <= set(theirs["comment_id"])
    assert set(learned["sample_id"]) == set(theirs["sample_id"])


def test_stage2_is_guided_by_the_persons_words(commented):
    words = table(commented, "stage2_words")
    said = words[words["source"] == "person"]
    comments = table(commented, "comments").set_index("comment_id")
    assert len(said) >= 2
    assert set(said["comment_id"]) <= set(comments.index)
    visits = pd.read_parquet(commented["project"] / "data/08_reporting/stage2/visits.parquet")
    assert set(visits[visits["source"] == "person"]["comment_id"]) <= set(said["comment_id"])
    assert (visits["source"] == "person").any()
    wanted = said[said["pair_id"] == commented["asked"][2].removesuffix(".restored")]
    assert "the hair is clear" in set(wanted["text"])  # as it was wanted, not turned


def test_what_the_person_said_is_in_dvc(commented):
    folder = commented["project"] / "data/01_raw/annotations"
    for name in ("annotations.json", "judgements.json", "orders.json", "pictures"):
        assert (folder / f"{name}.dvc").is_file(), name
    assert ".dvc" not in command(commented["project"], "dvc", "status")  # they are as they were added


def test_the_report_is_made_from_them(commented):
    notes = pd.read_csv(commented["project"] / "data/08_reporting/annotation_notes.csv")
    assert list(notes["status"]) == ["commented"] * 3
    page = (commented["project"] / "data/08_reporting/report.html").read_text()
    assert "wordmend@localhost.org" in page
    people = json.loads((commented["project"] / "data/08_reporting/people.json").read_text())
    (person,) = people["people"]
    assert (person["commented"], person["skipped"]) == (3, 0)


def test_a_judgement_is_of_the_restorer_that_made_the_picture(commented, client):
    assert commented["effort"]["judgement"] == 2
    judgement = commented["judgement"]
    assert judgement["judgements"] == 1
    orders = read_orders(commented["project"] / "data/01_raw/annotations")
    folder = commented["project"] / "data/01_raw/annotations"
    (task,) = read_annotations(folder / "judgements.json")
    best = orders[task.image_sha256].arms[1]  # the second picture was chosen
    assert [arm for arm, share in judgement["arms"].items() if share["count"]] == [best]
    assert "Side by side" in commented["page"]


def test_the_server_does_not_know_whose_picture_is_whose(commented, client):
    (project,) = client.projects.list(title="circle judgement")
    tasks = list(client.tasks.list(project=project.id, fields="all"))
    assert sorted(task.data["pair_id"] for task in tasks) == sorted(commented["judged"])
    told = json.dumps([task.data for task in tasks]) + project.label_config
    assert not any(arm in told for arm in ("stage1", "stage2", "control"))
    orders = read_orders(commented["project"] / "data/01_raw/annotations")
    assert {orders[task.data["image_sha256"]].pair_id for task in tasks} == set(commented["judged"])


def test_a_judgement_of_older_weights_does_not_count_for_newer_ones(commented):
    people = json.loads((commented["project"] / "data/08_reporting/people.json").read_text())
    assert people["judgement"]["judgements"] == 0  # stage 2 was trained again

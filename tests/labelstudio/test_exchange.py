"""Tasks out and annotations in, with a real server."""

from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import count

import httpx
import pytest
from label_studio_sdk import LabelStudio

from tests.labelstudio.conftest import LATE, PROGRAM, Library, failing
from tests.labelstudio.test_results import choice, region, words
from wordmend.errors import LabelStudioError
from wordmend.labelstudio.annotations import read_annotations, write_annotations
from wordmend.labelstudio.connection import LabelStudioServer, connect
from wordmend.labelstudio.fetching import ProjectReader
from wordmend.labelstudio.importing import Import, import_annotations
from wordmend.labelstudio.local_server import running, write_credentials
from wordmend.labelstudio.people import people_comments
from wordmend.labelstudio.pictures import PICTURES, name_of

pytestmark = pytest.mark.slow

_numbers = count()


@pytest.fixture
def project() -> str:
    """The title of a project that isn't there yet."""
    return f"project {next(_numbers)}"


def tasks_of(client: LabelStudio, project_id: int) -> list:
    return list(client.tasks.list(project=project_id, fields="all", page_size=100))


def bring_in(server: LabelStudioServer, library: Library, project: str, **settings: object) -> Import:
    """Import, and keep what came."""
    found = import_annotations(server, library.annotations / "annotations.json", [project], **settings)
    write_annotations(library.annotations / "annotations.json", found.tasks)
    return found


def answer_task(client: LabelStudio, task_id: int, *results: object, **more: object):
    return client.annotations.create(id=task_id, result=list(results), **more)


def test_an_export_puts_up_the_pairs_trained_on_last_first_and_nothing_twice(
    server, client, library, project
):
    export = library.export(server, project=project, samples=4)
    ids = library.pairs.pair_ids
    assert export.put_up == [f"{ids[0]}.restored", f"{ids[1]}.restored", f"{ids[2]}.restored"] + [
        f"{ids[3]}.restored"
    ]
    tasks = tasks_of(client, export.project_id)
    assert [task.data["sample_id"] for task in tasks] == export.put_up
    for task in tasks:  # the pictures are there, to those who may see them
        assert len(task.data["pages"]) == 3
        for page in task.data["pages"]:
            picture = httpx.get(server.url + page, headers={"Authorization": f"Token {server.api_key}"})
            assert picture.content.startswith(b"\x89PNG")
            assert httpx.get(server.url + page).status_code in (302, 401, 403)
        assert (library.annotations / PICTURES / name_of(task.data["image_sha256"])).is_file()
    assert len(tasks[0].predictions) == 1
    assert tasks[0].predictions[0].model_version == "measured"

    again = library.export(server, project=project, samples=4)
    assert (again.project_id, again.put_up, again.waiting) == (export.project_id, [], 4)


def test_answered_tasks_make_room_for_others(server, client, library, project):
    export = library.export(server, project=project, samples=2)
    answer_task(
        client, tasks_of(client, export.project_id)[0].id, choice("verdict", "nothing", to_name="picture")
    )
    more = library.export(server, project=project, samples=2)
    assert len(more.put_up) == 1
    assert more.put_up[0] not in export.put_up


def test_a_sample_with_another_picture_is_another_question(server, client, library, project):
    export = library.export(server, project=project, samples=1)
    row = library.samples[library.samples["sample_id"] == export.put_up[0]].iloc[0]
    other = library.samples[library.samples["sample_id"] == f"{library.pairs.pair_ids[9]}.restored"].iloc[0]
    (library.data / row["image_path"]).write_bytes((library.data / other["image_path"]).read_bytes())
    assert library.export(server, project=project, samples=2).put_up == export.put_up


def test_pictures_from_disk_and_from_nowhere_else(server, client, library, served, project):
    library = replace(library, annotations=served / project / "annotations")
    (served / "secret.png").write_bytes(b"secret")
    settings = {"project": project, "samples": 2, "images": "local_files"}
    export = library.export(server, **settings, document_root=str(served))
    key = {"Authorization": f"Token {server.api_key}"}
    for task in tasks_of(client, export.project_id):
        for page in task.data["pages"]:
            assert page.startswith("/data/local-files/?d=")
            assert httpx.get(server.url + page, headers=key).content.startswith(b"\x89PNG")
            assert httpx.get(server.url + page).status_code == 401
    for outside in ("secret.png", f"{project}/annotations/shown/../../../secret.png"):
        answer = httpx.get(f"{server.url}/data/local-files/?d={outside}", headers=key)
        assert answer.status_code != 200
    with pytest.raises(LabelStudioError, match="document_root"):
        library.export(server, **settings, document_root=str(served / "elsewhere"))


def test_annotations_come_in_once_and_again_when_they_change(server, client, library, project):
    export = library.export(server, project=project, samples=3)
    first, second, third = tasks_of(client, export.project_id)
    made = answer_task(client, first.id, *region("noise", "there is grain", to_name="picture"), lead_time=3.5)
    answer_task(client, third.id, was_cancelled=True)
    found = bring_in(server, library, project)
    assert (found.new, found.changed, found.deleted, found.unreadable) == (2, 0, 0, ())
    before = (library.annotations / "annotations.json").read_bytes()
    assert bring_in(server, library, project).new == 0
    assert (library.annotations / "annotations.json").read_bytes() == before

    tasks = {task.task_id: task for task in read_annotations(library.annotations / "annotations.json")}
    (annotation,) = tasks[first.id].annotations
    assert annotation.annotator == "wordmend@localhost.org"
    assert (annotation.lead_time, annotation.skipped) == (3.5, False)
    assert tasks[third.id].annotations[0].skipped
    assert tasks[first.id].image_sha256 == first.data["image_sha256"]

    client.annotations.update(id=made.id, result=[words("the hair is not clear")])
    answer_task(client, second.id, choice("verdict", "nothing", to_name="picture"))
    found = bring_in(server, library, project)
    assert (found.new, found.changed, found.deleted) == (1, 1, 0)

    client.annotations.delete(id=made.id)
    client.tasks.delete(id=str(second.id))
    found = bring_in(server, library, project)
    assert (found.new, found.changed, found.deleted) == (0, 0, 2)
    assert [task.task_id for task in found.tasks] == [third.id]


def test_the_newest_change_of_a_project_is_known_without_reading_all(server, client, library, project):
    export = library.export(server, project=project, samples=3)
    reader = ProjectReader.find(server, client, project)
    assert reader is not None
    answer_task(client, tasks_of(client, export.project_id)[1].id, words("the hair is not clear"))
    tasks = [task for task in reader.changed(None) if not isinstance(task, str)]
    assert reader.newest() == max(task.updated_at for task in tasks)


def test_a_server_that_lost_its_annotations_takes_none_from_here(server, client, library, project):
    export = library.export(server, project=project, samples=5)
    tasks = tasks_of(client, export.project_id)
    for task in tasks:
        answer_task(client, task.id, choice("verdict", "nothing", to_name="picture"))
    bring_in(server, library, project)
    for task in tasks[:4]:
        client.tasks.delete(id=str(task.id))
    with pytest.raises(LabelStudioError, match=r"4 of 5 annotated tasks .*accept_deletions"):
        bring_in(server, library, project)
    assert bring_in(server, library, project, accept_deletions=True).deleted == 4


def test_another_project_of_the_same_name_leaves_the_old_annotations(server, client, library, project):
    export = library.export(server, project=project, samples=1)
    answer_task(client, tasks_of(client, export.project_id)[0].id, words("the hair is not clear"))
    bring_in(server, library, project)
    client.projects.delete(id=export.project_id)
    assert library.export(server, project=project, samples=1).put_up == export.put_up
    found = bring_in(server, library, project)
    assert (found.new, found.deleted, len(found.tasks)) == (0, 0, 1)


def test_tasks_that_are_not_ours_are_named_and_left_out(server, client, library, project):
    export = library.export(server, project=project, samples=1)
    foreign = {"input": "/x.png", "pages": ["/x.png"], "heading": "?"}
    client.projects.import_tasks(export.project_id, request=[foreign])
    other = next(task for task in tasks_of(client, export.project_id) if "sample_id" not in task.data)
    answer_task(client, other.id, words("the hair is not clear"))
    found = bring_in(server, library, project)
    assert found.tasks == []
    assert str(other.id) in found.unreadable[0]


def test_pictures_deleted_on_the_server_take_no_words_with_them(server, client, library, language, project):
    export = library.export(server, project=project, samples=2)
    first, second = tasks_of(client, export.project_id)
    answer_task(client, first.id, words("the hair is not clear"))
    client.files.delete_many(id=export.project_id)
    key = {"Authorization": f"Token {server.api_key}"}
    assert httpx.get(server.url + first.data["pages"][0], headers=key).status_code >= 400
    found = bring_in(server, library, project)
    comments, _ = people_comments(found.tasks, library.samples, library.data, language)
    assert "the hair is not clear" in set(comments["text"])
    # a task without pictures is shown anew when it is taken down
    client.tasks.delete(id=str(second.id))
    assert library.export(server, project=project, samples=1).put_up == [second.data["sample_id"]]
    (again,) = [t for t in tasks_of(client, export.project_id) if t.id != first.id]
    assert httpx.get(server.url + again.data["pages"][0], headers=key).content.startswith(b"\x89PNG")


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_export_survives_a_server_that_fails_now_and_then(server, client, library, project, when):
    seen: Counter[str] = Counter()

    def fault(method: str, path: str) -> str | None:
        if method == "POST" and path.endswith("/import"):
            seen["import"] += 1
            return when if seen["import"] == 1 else None
        return None

    with failing(server, fault) as flaky:
        export = library.export(flaky, project=project, samples=3)
    assert seen["import"] == (2 if when == "before" else 1)
    names = [task.data["sample_id"] for task in tasks_of(client, export.project_id)]
    assert sorted(names) == sorted(export.put_up)
    assert len(names) == 3


def test_answers_that_come_too_late_double_nothing(server, client, library, project, monkeypatch):
    monkeypatch.setattr("wordmend.labelstudio.board.connect", partial(connect, timeout=LATE / 2))
    seen: Counter[str] = Counter()

    def late_once(method: str, path: str) -> str | None:
        name = "upload" if "commit_to_project" in path else "import" if path.endswith("/import") else ""
        seen[name] += method == "POST"
        return "after" if name and seen[name] == 1 else None

    with failing(server, late_once, status=-1) as late:
        export = library.export(late, project=project, samples=2)
    assert seen["upload"] >= 2
    assert seen["import"] == 1
    names = [task.data["sample_id"] for task in tasks_of(client, export.project_id)]
    assert names == export.put_up


def test_an_export_that_was_broken_off_goes_on_where_it_was(server, client, library, project):
    seen: Counter[str] = Counter()

    def fault(method: str, path: str) -> str | None:
        if method == "POST" and "commit_to_project" in path:
            seen["upload"] += 1
            return "before" if seen["upload"] > 35 else None
        return None

    with (
        failing(server, fault, status=400) as broken,
        pytest.raises(LabelStudioError, match="made to fail"),
    ):
        library.export(broken, project=project, samples=14)
    export = library.export(server, project=project, samples=14)
    assert export.waiting == 14
    assert len(export.put_up) == 4  # the first ten were there
    names = [task.data["sample_id"] for task in tasks_of(client, export.project_id)]
    assert len(set(names)) == len(names) == 14


def test_an_import_survives_a_failing_server_and_changes_nothing_when_it_does_not(
    server, client, library, project
):
    export = library.export(server, project=project, samples=2)
    answer_task(client, tasks_of(client, export.project_id)[0].id, words("the hair is not clear"))
    seen: Counter[str] = Counter()

    def now_and_then(method: str, path: str) -> str | None:
        seen[path.split("?", maxsplit=1)[0]] += 1
        return "before" if path.startswith("/api/tasks") and seen["/api/tasks/"] == 1 else None

    with failing(server, now_and_then) as flaky:
        assert import_annotations(flaky, library.annotations / "none.json", [project]).new == 1


@pytest.mark.parametrize("status", [502, 0])
def test_a_server_that_fails_for_good_is_named(server, library, project, status, monkeypatch):
    monkeypatch.setattr("label_studio_sdk.core.http_client.time.sleep", lambda _: None)
    with (
        failing(server, lambda *_: "before", status=status) as broken,
        pytest.raises(LabelStudioError, match=r"127\.0\.0\.1"),
    ):
        library.export(broken, project=project, samples=1)


def test_who_may_not_and_what_is_not_there(server, library, project, monkeypatch):
    monkeypatch.setattr("label_studio_sdk.core.http_client.time.sleep", lambda _: None)
    with pytest.raises(LabelStudioError, match="no key to Label Studio"):
        connect(LabelStudioServer(server.url, None))
    with pytest.raises(LabelStudioError, match="give an address"):
        connect(LabelStudioServer("localhost", "x"))
    with pytest.raises(LabelStudioError, match="refuses the key"):
        connect(LabelStudioServer(server.url, "0" * 40))
    with pytest.raises(LabelStudioError, match="make label-studio"):
        connect(LabelStudioServer("http://127.0.0.1:9", "x"))
    with pytest.raises(LabelStudioError, match=f"no project called '{project}'"):
        bring_in(server, library, project)
    assert "secret" not in repr(LabelStudioServer("http://x", "secret"))


def test_a_personal_access_token_is_as_good(server, client, library, project):
    token = client.tokens.create()
    export = library.export(LabelStudioServer(server.url, token.token), project=project, samples=1)
    assert len(tasks_of(client, export.project_id)) == 1


def test_a_taken_port_and_a_missing_program_are_told_of(server, tmp_path):
    taken = int(server.url.rsplit(":", 1)[1])
    with (
        pytest.raises(LabelStudioError, match=f"port {taken} is taken"),
        running(PROGRAM, tmp_path, tmp_path, taken),
    ):
        pass
    with (
        pytest.raises(LabelStudioError, match="not installed"),
        running(tmp_path / "none", tmp_path, tmp_path, 0),
    ):
        pass


def test_credentials_are_noted_unless_they_name_another_server(tmp_path):
    path = tmp_path / "credentials.yml"
    mine = LabelStudioServer("http://127.0.0.1:8180", "key")
    assert write_credentials(path, mine)
    assert path.stat().st_mode & 0o077 == 0
    assert write_credentials(path, LabelStudioServer("http://127.0.0.1:9000", "key"))
    path.write_text("label_studio: {url: 'https://studio.example.org', api_key: theirs}\n")
    assert not write_credentials(path, mine)
    assert "theirs" in path.read_text()

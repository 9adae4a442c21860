"""Decisions by form: each is a row of edits.csv before it is confirmed, and what contradicts is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from longtail.labels.edit_log import in_force, rows_of
from longtail.labels.findings import QUESTIONS
from longtail.reviewing.cases import case_of
from longtail.reviewing.photographs import Catalogue, Photograph
from longtail.reviewing.queues import Finding
from longtail.splitting.edits import read_edits
from tests.reviewing import drawn_run
from tests.reviewing.conftest import Served

SCRIPT = {"Accept": "application/json"}


def held(root: Path) -> list[list[str]]:
    """image, action, value and who of the rows that hold."""
    rows = rows_of(root / "edits.csv")
    return [rows[row][:4] for row in in_force(rows)]


def answer(client: TestClient, root: Path, queue: str, kind: str, said: str, **more: str) -> Any:
    path = f"/decide/{queue}/{drawn_run.name_of(root, kind)}"
    return client.post(path, data={"answer": said, **more}, headers=SCRIPT)


@pytest.mark.parametrize(
    ("queue", "kind", "said", "row"),
    [
        ("copies", "near_duplicate", "same", ["a1.jpg", "together", "a2.jpg"]),
        ("copies", "near_duplicate", "different", ["a1.jpg", "apart", "a2.jpg"]),
        ("conflicts", "conflict", "first", ["b2.jpg", "relabel", "ada"]),
        ("conflicts", "conflict", "second", ["a2.jpg", "relabel", "bea"]),
        ("conflicts", "conflict", "different", ["a2.jpg", "apart", "b2.jpg"]),
        ("conflicts", "named_and_unknown", "same", ["n1.jpg", "relabel", "bea"]),
        ("label-errors", "likely_label_error", "same", ["b1.jpg", "relabel", "ada"]),
        ("label-errors", "likely_label_error", "drop", ["b1.jpg", "drop", ""]),
        ("confusions", "confusion", "same", ["identity:ada", "merge", "bea"]),
        ("odd", "grey", "drop", ["c1.png", "drop", ""]),
    ],
)
def test_an_answer_is_a_row_that_audit_reads(served: Served, queue: str, kind: str, said: str, row: list[str]) -> None:
    reply = answer(served.enter(), served.root, queue, kind, said, why="same notch")
    assert reply.status_code == 200, reply.text
    assert held(served.root) == [[*row, "Rae"]]
    assert rows_of(served.root / "edits.csv")[0][5] == "same notch"
    assert read_edits(served.root / "edits.csv", drawn_run.LABELS, "new_whale")
    assert reply.json()["message"].startswith(f"Saved: {row[1]} ")


@pytest.mark.parametrize(
    ("queue", "kind", "said", "action"),
    [
        ("label-errors", "likely_label_error", "different", "keep"),
        ("label-errors", "doubtful_label", "unsure", "unsure"),
        ("odd", "grey", "keep", "keep"),
    ],
)
def test_an_answer_that_changes_nothing_names_the_finding(
    served: Served, queue: str, kind: str, said: str, action: str
) -> None:
    answer(served.enter(), served.root, queue, kind, said)
    assert held(served.root)[0][1:3] == [action, f"{kind} {drawn_run.name_of(served.root, kind)}"]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("conflict", ["relabel a bea", "relabel b ada"]),
        ("named_and_unknown", ["relabel a bea", "relabel b new_whale", "drop a "]),
    ],
)
def test_nothing_is_offered_that_would_change_nothing_of_two_equal_files(kind: str, rows: list[str]) -> None:
    labels = {"a": "ada" if kind == "conflict" else "", "b": "bea"}
    finding = Finding("0" * 8, kind, "info", "a", "b", labels["a"], "bea", "1", "", "about a", "")

    def offered(*md5: str) -> list[str]:
        files = zip(labels.items(), md5, strict=True)
        photographs = {
            name: Photograph("labelled", name, Path(name), None, one, 1, 1, label=label) for (name, label), one in files
        }
        case = case_of(finding, Catalogue({"labelled": photographs, "test": {}}), "new_whale")
        changes = [each for answer in case.answers for each in answer.decisions if each.action != "unsure"]
        return [f"{each.action} {each.image} {each.value}" for each in changes]

    assert offered("1", "1") == rows
    assert "apart a b" in offered("1", "2")


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
def test_every_kind_can_be_answered_by_three_keys(kind: str) -> None:
    """Without photographs, as of test photographs: then nothing that changes a label is offered."""
    finding = Finding("0" * 8, kind, "info", "a", "b", "ada", "bea", "1", "", "about a", "")
    case = case_of(finding, Catalogue({"labelled": {}, "test": {}}), "new_whale")
    assert [(one.key, one.decisions[0].action) for one in case.answers] == [("s", "keep"), ("c", "unsure")]


def test_the_next_open_finding_follows_and_its_pictures_are_named_before(served: Served) -> None:
    client = served.enter()
    first, second = (drawn_run.name_of(served.root, kind) for kind in ("likely_label_error", "doubtful_label"))
    page = client.get(f"/decide/label-errors/{first}", headers=SCRIPT).json()
    assert "/picture/labelled?image=c1.png&amp;side=1024" in page["html"].partition("data-ahead=")[2][:200]
    reply = answer(client, served.root, "label-errors", "likely_label_error", "same").json()
    assert reply["url"] == f"/decide/label-errors/{second}"
    done = answer(client, served.root, "label-errors", "doubtful_label", "different").json()
    assert done["url"] == "/decide/label-errors/-"
    assert "nothing left" in done["html"]


def test_one_resumes_after_what_one_decided_last(served: Served, serve: Callable[[Path], Served]) -> None:
    client = served.enter()
    answer(client, served.root, "conflicts", "conflict", "different")
    again = serve(served.root).enter()  # another server, after this one was killed
    named = drawn_run.name_of(served.root, "named_and_unknown")
    assert again.get("/decide/conflicts").headers["location"] == f"/decide/conflicts/{named}"


def test_what_is_skipped_comes_last(served: Served) -> None:
    client = served.enter()
    first, second = (drawn_run.name_of(served.root, kind) for kind in ("likely_label_error", "doubtful_label"))
    assert client.post(f"/skip/label-errors/{first}", headers=SCRIPT).json()["url"].endswith(second)
    assert answer(client, served.root, "label-errors", "doubtful_label", "unsure").json()["url"].endswith(first)
    assert len(held(served.root)) == 1


def test_undo_is_a_row_and_brings_the_finding_back(served: Served) -> None:
    client = served.enter()
    answer(client, served.root, "label-errors", "likely_label_error", "same")
    answer(client, served.root, "label-errors", "doubtful_label", "different")
    reply = client.post("/undo/label-errors", headers=SCRIPT).json()
    assert reply["url"].endswith(drawn_run.name_of(served.root, "doubtful_label"))
    assert reply["message"].startswith("Taken back: keep ")
    assert [row[1] for row in held(served.root)] == ["relabel"]
    assert [row[1] for row in rows_of(served.root / "edits.csv")] == ["relabel", "keep", "undo"]
    client.post("/undo/label-errors", headers=SCRIPT)
    assert client.post("/undo/label-errors", headers=SCRIPT).status_code == 409


def test_undo_takes_back_nothing_of_a_colleague(served: Served) -> None:
    (served.root / "edits.csv").write_text(drawn_run.HEADER + "b1.jpg,relabel,ada,Kim,2026-01-01,x\n")
    reply = served.enter().post("/undo/label-errors", headers=SCRIPT)
    assert reply.status_code == 409
    assert "nothing to take back" in reply.text


def test_a_decision_of_somebody_else_is_named(served: Served) -> None:
    client = served.enter()
    path = f"/decide/label-errors/{drawn_run.name_of(served.root, 'likely_label_error')}"
    (served.root / "edits.csv").write_text(drawn_run.HEADER + "b1.jpg,relabel,ada,Kim,2026-01-01,same notch\n")
    assert "Decided: relabel ada" in client.get(path).text
    assert (
        client.post(path, data={"answer": "same"}, headers=SCRIPT)
        .json()["message"]
        .startswith("Kim has said so already")
    )
    for action in ("different", "drop"):
        reply = client.post(path, data={"answer": action}, headers=SCRIPT)
        assert reply.status_code == 409, action
        assert "Kim" in reply.text, action
    assert len(rows_of(served.root / "edits.csv")) == 1


def test_another_individual_may_be_named(served: Served) -> None:
    client = served.enter()
    answer(client, served.root, "conflicts", "named_and_unknown", "name", value="dora")
    answer(client, served.root, "label-errors", "likely_label_error", "name", value="cleo")
    assert held(served.root) == [["n1.jpg", "name", "dora", "Rae"], ["b1.jpg", "relabel", "cleo", "Rae"]]
    refused = answer(client, served.root, "label-errors", "doubtful_label", "name", value="two words")
    assert refused.status_code == 409
    assert "with spaces" in refused.text


def test_who_decides_is_asked_where_git_does_not_say(
    tmp_path: Path, serve: Callable[[Path], Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    served = serve(drawn_run.make(tmp_path, who=""))
    client = served.enter()
    path = f"/decide/odd/{drawn_run.name_of(tmp_path, 'grey')}"
    assert "Who decides?" in client.get(path).text
    assert answer(client, tmp_path, "odd", "grey", "keep").status_code == 409
    assert client.post("/you", data={"who": " Kim  Li ", "back": path}).headers["location"] == path
    answer(client, tmp_path, "odd", "grey", "keep")
    assert held(tmp_path)[0][3] == "Kim Li"


@pytest.mark.parametrize("back", ["//example.org", "http://example.org", "/\\example.org", "x"])
def test_no_form_leads_to_another_site(served: Served, back: str) -> None:
    assert served.enter().post("/you", data={"who": "Kim", "back": back}).headers["location"] == "/"


def test_a_browser_without_a_script_is_led_on(served: Served) -> None:
    client = served.enter()
    path = f"/decide/odd/{drawn_run.name_of(served.root, 'grey')}"
    assert client.post(path, data={"answer": "keep"}).headers["location"] == "/decide/odd/-"
    assert "nothing left" in client.get("/decide/odd/-").text


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/decide/odd/00000000", {"answer": "keep"}, 404),
        ("/decide/none/00000000", {"answer": "keep"}, 404),
        ("/decide/odd/{grey}", {"answer": "same"}, 404),
        ("/decide/odd/{grey}", {}, 404),
        ("/decide/odd/{grey}", {"answer": "keep", "why": "x" * 70_000}, 413),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(served: Served, path: str, data: dict[str, str], status: int) -> None:
    path = path.format(grey=drawn_run.name_of(served.root, "grey"))
    assert served.enter().post(path, data=data, headers=SCRIPT).status_code == status
    assert held(served.root) == []


@pytest.mark.parametrize("file", ["edits.csv", ".edits.csv.0123456789abcdef.tmp"])
def test_a_disk_that_takes_nothing_is_said(served: Served, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(served.root / file))

    client = served.enter()
    monkeypatch.setattr("longtail.reviewing.append_log.replace", refuse)
    reply = answer(client, served.root, "odd", "grey", "keep")
    assert (reply.status_code, reply.text) == (500, "Nothing was written: Permission denied (edits.csv).\n")
    assert held(served.root) == []


def test_a_further_browser_gets_a_link_of_its_own(served: Served) -> None:
    client = served.enter()
    page = client.post("/you/link").text
    link = page.partition('<code class="link">')[2].partition("</code>")[0]
    client.cookies.clear()
    assert client.get("/").status_code == 401
    assert client.get(link).status_code == 200
    assert client.get("/").status_code == 200

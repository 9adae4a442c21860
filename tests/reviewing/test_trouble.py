"""What can be wrong around a review: files that git left in conflict, photographs that are gone, a run at work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from longtail.cli import main
from longtail.labels.edit_log import rows_of
from longtail.reviewing.web import serving
from tests.reviewing import answered_run, drawn_run
from tests.reviewing.conftest import Served

MINE, THEIRS = "b1.jpg,relabel,ada,Rae,2026-01-02,x\n", "b1.jpg,drop,,Kim,2026-01-02,y\n"
CONFLICT = f"<<<<<<< HEAD\n{MINE}=======\n{THEIRS}>>>>>>> kim\n"
PAGES = ("/", "/individuals", "/answers", "/next-run", "/queue/label-errors", "/map", "/runs", "/proposals")
SCRIPT = {"Accept": "application/json"}


def decide(served: Served) -> tuple[int, str]:
    path = f"/decide/odd/{drawn_run.name_of(served.root, 'grey')}"
    reply = served.client.post(path, data={"answer": "keep"}, headers=SCRIPT)
    return reply.status_code, reply.text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (CONFLICT, "edits.csv has a conflict of git that nobody has settled (edits.csv, row 2)"),
        ("b1.jpg,drop\n", "row of another length than the header, e.g. b1.jpg,drop (edits.csv, row 2)"),
        ('"b1.jpg,drop,,Kim,1,\n' + "x" * 140_000, "broken quotes"),
    ],
)
def test_a_file_of_decisions_that_is_broken_is_said_on_every_page_and_stays_as_it_is(
    served: Served, rows: str, words: str
) -> None:
    client, log = served.enter(), served.root / "edits.csv"
    log.write_text(drawn_run.HEADER + rows)
    before = log.read_bytes()
    for page in PAGES:
        answer = client.get(page)
        assert (answer.status_code, words in answer.text) == (200, True), page
    status, said = decide(served)
    assert (status, words in said) == (409, True), said
    assert log.read_bytes() == before
    log.write_text(drawn_run.HEADER + MINE)
    assert 'class="notice"' not in client.get("/").text
    assert decide(served)[0] == 200


def test_answers_that_git_left_in_conflict_are_neither_written_nor_adopted(
    tmp_path: Path, serve: Callable[[Path], Served], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = answered_run.make(tmp_path)
    log = root / "answers.csv"
    log.write_text(drawn_run.HEADER + "<<<<<<< HEAD\nt1.jpg,label,bea,Rae,1,\n=======\n>>>>>>> kim\n")
    before, client = log.read_bytes(), serve(root).enter()
    assert "answers.csv, row 2" in client.get("/answers").text
    reply = client.post("/answer", data={"image": "t2.jpg", "action": "name", "value": "dora"})
    assert (reply.status_code, "delete the lines that begin with" in reply.text) == (409, True)
    monkeypatch.chdir(root)
    assert main(["adopt", "--yes"]) == 2
    assert "conflict of git that nobody has settled (answers.csv, row 2)" in capsys.readouterr().err
    assert log.read_bytes() == before


def test_a_photograph_that_was_purged_since_the_run_is_no_label_any_more(
    tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    root = drawn_run.make(tmp_path)
    table = root / "data/raw/train.csv"
    table.write_text("".join(line for line in table.read_text().splitlines(True) if not line.startswith("b1.jpg")))
    (root / "data/raw/train/b1.jpg").unlink()
    served = serve(root)
    client = served.enter()
    path = f"/decide/label-errors/{drawn_run.name_of(root, 'likely_label_error')}"
    page = client.get(path).text
    assert "It cannot be shown: train.csv has no row of it any more" in page
    assert 'value="same"' not in page
    assert client.get("/picture/labelled?image=b1.jpg&side=1024").status_code == 422
    assert client.post(path, data={"answer": "name", "value": "cleo"}, headers=SCRIPT).status_code == 404
    assert client.post(path, data={"answer": "keep"}, headers=SCRIPT).status_code == 200
    assert client.get("/individual?name=bea").status_code == 200


def test_a_photograph_that_is_deleted_from_the_disk_leaves_the_page(served: Served) -> None:
    client = served.enter()
    (served.root / "data/raw/train/b1.jpg").unlink()
    path = f"/decide/label-errors/{drawn_run.name_of(served.root, 'likely_label_error')}"
    assert client.get(path).status_code == 200
    reply = client.get("/picture/labelled?image=b1.jpg&side=1024")
    assert (reply.status_code, "Traceback" in reply.text) == (422, False)


@pytest.mark.parametrize("gone", ["artifacts/split", "artifacts/evaluate", "artifacts/audit", "artifacts"])
def test_a_run_that_is_half_finished_leaves_the_pages_as_they_were(served: Served, gone: str) -> None:
    client = served.enter()
    (served.root / gone).rename(served.root / "elsewhere")
    for page in PAGES:
        assert client.get(page).status_code == 200, page
    assert decide_by_name(served) == 200


def decide_by_name(served: Served) -> int:
    link = served.client.get("/decide/odd").headers["location"]
    return served.client.post(link, data={"answer": "keep"}, headers=SCRIPT).status_code


def test_names_with_anything_in_them_are_decided_about(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = drawn_run.make(tmp_path)
    odd = {"a1.jpg": "a/b", "a2.jpg": "q\"'<b>", "b1.jpg": "w" * 300, "b2.jpg": "émü ; &"}
    drawn_run.tables(root, drawn_run.LABELS | odd, drawn_run.AUDIT, drawn_run.EVALUATE)
    served = serve(root)
    client = served.enter()
    for page in PAGES:
        answer = client.get(page).text
        assert "<b>" not in answer, page
    for name in odd.values():
        assert client.get("/individual", params={"name": name}).status_code == 200
        assert client.get("/map", params={"name": name}).status_code == 200
    queues = {"conflict": "conflicts", "likely_label_error": "label-errors", "confusion": "confusions"}
    for kind, queue in queues.items():
        path = f"/decide/{queue}/{drawn_run.name_of(root, kind)}"
        assert "<b>" not in client.get(path).text
        assert client.post(path, data={"answer": "different"}, headers=SCRIPT).status_code == 200
    assert len(rows_of(root / "edits.csv")) == len(queues)


def test_three_hundred_photographs_of_one_proposal_are_named_at_once(
    tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    root = drawn_run.make(tmp_path)
    several = [f"u{number}.jpg" for number in range(300)]
    drawn_run.tables(root, drawn_run.LABELS | dict.fromkeys(several, ""), [], [])
    rows = "".join(f"{name},new_whale,\n" for name in several)
    with (root / "data/raw/train.csv").open("a") as table:
        table.write(rows)
    asked = [
        drawn_run.finding("new_individual", name, several[at - 1], "name", dict.fromkeys(several, ""))
        | {"finding": f"{at:08x}", "other_label": "new_12"}
        for at, name in enumerate(several)
    ]
    pd.DataFrame(asked).to_csv(root / "artifacts/evaluate/findings.csv", index=False)
    client = serve(root).enter()
    page = client.get("/decide/new-individuals/00000000").text
    assert "All 300" in page
    assert page.count('data-do="compare"') < 20
    reply = client.post("/decide/new-individuals/00000000", data={"answer": "all"}, headers=SCRIPT)
    assert reply.status_code == 200
    assert len(reply.json()["message"]) < 300
    assert len(rows_of(root / "edits.csv")) == 300


def test_two_servers_of_one_checkout_know_each_others_decisions(
    served: Served, serve: Callable[[Path], Served]
) -> None:
    other = serve(served.root)
    served.enter(), other.enter()
    assert decide(served)[0] == 200
    assert "nothing left" in other.client.get("/decide/odd/-").text
    status, said = decide(other)
    assert (status, "has said so already" in said) == (200, True)
    assert len(rows_of(served.root / "edits.csv")) == 1


def test_a_checkout_that_may_not_be_written_into_is_shown_by_its_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    (tmp_path / ".longtail").mkdir()
    with serving._opened(tmp_path, "http://127.0.0.1:1/open?token=x") as is_open:
        assert not is_open

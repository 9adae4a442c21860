"""What people say about test photographs: kept apart from labels, listed, confirmed and corrected in the browser."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from longtail.errors import BadInput
from longtail.labels.edit_log import rows_of, undo_value
from longtail.reviewing import answer_list, answers
from tests.reviewing import answered_run, drawn_run
from tests.reviewing.answered_run import TESTS
from tests.reviewing.conftest import Served

SIGNED = {"who": "Rae", "why": "looked"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


def say(log: Path, *new: tuple[str, str, str]) -> list[str]:
    return answers.append(log, new, SIGNED, TESTS, {"ada", "bea"}, "new_whale")


def test_an_answer_is_a_row_that_an_undo_takes_back(log: Path) -> None:
    say(log, ("t1.jpg", "label", "bea"), ("t2.jpg", "label", "new_whale"))
    [taken] = answers.undo(log, "t1.jpg", SIGNED)
    assert taken.startswith("label bea by Rae on 20")
    say(log, ("t1.jpg", "name", "dora"))
    assert [row[:3] for row in rows_of(log)] == [
        ["t1.jpg", "label", "bea"], ["t2.jpg", "label", "new_whale"],
        ["t1.jpg", "undo", undo_value(rows_of(log)[0])], ["t1.jpg", "name", "dora"],
    ]  # fmt: skip
    assert {one.image: one.value for one in answers.by_image(log).values()} == {"t1.jpg": "dora", "t2.jpg": "new_whale"}


def test_unsure_is_outdone_and_several_photographs_take_one_new_name(log: Path) -> None:
    say(log, ("t1.jpg", "unsure", ""))
    say(log, ("t1.jpg", "name", "dora"), ("t2.jpg", "name", "dora"))
    say(log, ("t3.jpg", "label", "dora"))
    assert {one.action for one in answers.by_image(log).values()} == {"name", "label"}


@pytest.mark.parametrize(
    ("new", "match"),
    [
        (("a1.jpg", "label", "ada"), r"none of the test set, e\.g\. a1\.jpg"),
        (("t2.jpg", "label", "nobody"), r"individual that nobody knows, e\.g\. nobody"),
        (("t2.jpg", "label", ""), r"individual that nobody knows, e\.g\. \(blank\)"),
        (("t2.jpg", "name", "ada"), r"new name that an individual has already, e\.g\. ada"),
        (("t2.jpg", "name", "a b"), r"new name that cannot be one, e\.g\. 'a b'"),
        (("t2.jpg", "name", "new_whale"), r"new name that cannot be one"),
        (("t1.jpg", "label", "ada"), r"has an answer already, e\.g\. t1\.jpg: label bea by Rae on .*row 2\)"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(log: Path, new: tuple[str, str, str], match: str) -> None:
    say(log, ("t1.jpg", "label", "bea"))
    before = log.read_bytes()
    with pytest.raises(BadInput, match=match):
        say(log, ("t3.jpg", "label", "bea"), new)
    assert log.read_bytes() == before


def test_two_answers_that_git_has_merged_are_told(log: Path) -> None:
    log.write_text(drawn_run.HEADER + "t1.jpg,label,bea,Rae,1,\nt1.jpg,label,ada,Kim,2,\nt1.jpg,unsure,,Kim,3,\n")
    [(first, other)] = answers.contradictions(log)
    assert (first.who, other.who, other.row) == ("Rae", "Kim", 3)
    assert len(answers.undo(log, "t1.jpg", SIGNED)) == 3
    assert answers.by_image(log) == {}


def test_the_list_is_filtered_searched_and_sorted(tmp_path: Path, log: Path) -> None:
    answered_run.make(tmp_path)
    say(log, ("t2.jpg", "unsure", ""))
    every = answer_list.with_answers(answer_list.read(tmp_path), answers.by_image(log), {})

    def names(search: str = "", which: str = "all", sort: str = "image") -> list[str]:
        return [one.image for one in answer_list.chosen(every, search, which, sort)]

    assert names(which="open") == ["t1.jpg", "t3.jpg"]
    assert names(which="doubtful") == ["t1.jpg"]
    assert names(which="new") == ["t2.jpg"]
    assert names(which="copies") == ["t3.jpg"]
    assert names(which="answered") == ["t2.jpg"]
    assert names("BEA") == ["t1.jpg"]
    assert names(sort="doubt") == ["t1.jpg", "t2.jpg", "t3.jpg"]
    assert names(sort="known") == ["t1.jpg", "t2.jpg", "t3.jpg"]
    assert names(sort="nonsense", which="nonsense") == ["t1.jpg", "t3.jpg"]


def test_confirmed_corrected_and_taken_back_in_the_browser(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = answered_run.make(tmp_path)
    client = serve(root).enter()
    listed = client.get("/answers").text
    assert listed.index("t1.jpg") < listed.index("t2.jpg"), "the most doubtful first"
    page = client.get("/answer?image=t1.jpg").text
    for words in ("New with 40%", "It is bea", "None of the known", "place: reef t1.jpg", "Next: t2.jpg"):
        assert words in page, words
    pictures = re.findall(r'(?:src|href)="(/picture/[^"]+)"', page)
    assert {client.get(html.unescape(url)).status_code for url in pictures} == {200}
    said = client.post("/answer", data={"image": "t1.jpg", "action": "label", "value": "bea", "following": "t2.jpg"})
    assert (said.status_code, said.headers["location"]) == (303, "/answer?image=t2.jpg")
    assert client.post("/answer", data={"image": "t2.jpg", "action": "name", "value": "dora"}).status_code == 303
    assert [row[:4] for row in rows_of(root / "answers.csv")] == [
        ["t1.jpg", "label", "bea", "Rae"], ["t2.jpg", "name", "dora", "Rae"]
    ]  # fmt: skip
    refused = client.post("/answer", data={"image": "t1.jpg", "action": "label", "value": "ada"})
    assert (refused.status_code, "label bea by Rae" in refused.text) == (409, True)
    assert "the 2 that you have named" in client.get("/answers").text
    assert client.post("/answer", data={"image": "t1.jpg", "action": "undo"}).status_code == 303
    assert "t1.jpg" in client.get("/answers").text
    assert (root / "edits.csv").read_text() == drawn_run.HEADER, "no label has changed"
    assert client.post("/answer", data={"image": "t1.jpg", "action": "nonsense"}).status_code == 404
    assert client.get("/answer?image=a1.jpg").status_code == 404


def test_a_former_name_is_answered_as_the_present_one(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = answered_run.make(tmp_path)
    (root / "edits.csv").write_text(drawn_run.HEADER + "identity:bea,rename,beatrix,Rae,2026-01-02,spelling\n")
    client = serve(root).enter()
    assert client.post("/answer", data={"image": "t1.jpg", "action": "label", "value": "bea"}).status_code == 303
    assert rows_of(root / "answers.csv")[0][2] == "beatrix"

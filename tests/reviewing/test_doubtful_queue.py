"""Doubtful answers and proposed new individuals: decided on the same screen as the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from starlette.testclient import TestClient

from longtail.labels.edit_log import in_force, rows_of
from longtail.labels.findings import findings_table
from longtail.reviewing import answers
from longtail.reviewing.cases import NEW, case_of
from longtail.reviewing.photographs import Catalogue, Photograph
from longtail.reviewing.queues import Finding
from tests.reviewing import answered_run
from tests.reviewing.conftest import Served

SCRIPT = {"Accept": "application/json"}
QUEUE = "/decide/doubtful-answers"


@pytest.fixture
def answered(tmp_path: Path, serve: Callable[[Path], Served]) -> Served:
    return serve(answered_run.make(tmp_path))


def where(client: TestClient) -> str:
    return str(client.get(QUEUE).headers["location"])


@pytest.mark.parametrize(
    ("form", "row"),
    [
        ({"answer": "same"}, ["t1.jpg", "label", "bea"]),
        ({"answer": "different"}, ["t1.jpg", "label", "new_whale"]),
        ({"answer": "unsure"}, ["t1.jpg", "unsure", ""]),
        ({"answer": "name", "value": "ada"}, ["t1.jpg", "label", "ada"]),
        ({"answer": "name", "value": "zoe"}, ["t1.jpg", "name", "zoe"]),
    ],
)
def test_an_answer_about_a_test_photograph_changes_no_label(
    answered: Served, form: dict[str, str], row: list[str]
) -> None:
    client = answered.enter()
    page = client.get(where(client)).text
    assert "Whom does the left one show?" in page
    assert "New with 40%" in page
    assert page.index("It is bea") < page.index("most likely") < page.index("None of the known")
    assert 'src="/picture/test?image=t1.jpg' in page
    assert 'src="/picture/labelled?image=b1.jpg' in page
    reply = client.post(where(client), data=form, headers=SCRIPT)
    assert reply.status_code == 200, reply.text
    assert reply.json()["url"] == f"{QUEUE}/-"
    assert [one[1:4] for one in map(list, answers.held(answered.root / answers.FILE))] == [row]
    assert rows_of(answered.root / "edits.csv") == []


def test_an_answer_is_taken_back_by_a_row(answered: Served) -> None:
    client = answered.enter()
    position = where(client)
    client.post(position, data={"answer": "same"}, headers=SCRIPT)
    reply = client.post("/undo/doubtful-answers", headers=SCRIPT).json()
    assert reply["url"] == position
    assert answers.held(answered.root / answers.FILE) == []
    assert [row[1] for row in rows_of(answered.root / answers.FILE)] == ["label", "undo"]


def test_only_what_is_doubtful_is_asked(answered: Served) -> None:
    page = answered.enter().get("/queue/doubtful-answers").text
    assert "t1.jpg" in page
    assert "t2.jpg" not in page
    assert "t3.jpg" not in page


def propose(root: Path, names: tuple[str, ...]) -> list[str]:
    """Photographs labelled unknown that `discover` proposes as one individual; the names of the findings."""
    same = dict.fromkeys(("severity", "label", "row", "distance", "detail"), "")
    same |= {"kind": NEW, "other_label": "new_12", "proposal": "name"}
    rows = [same | {"image": name, "other": names[at - 1]} for at, name in enumerate(names)]
    table = findings_table(rows, {}, ranked=True)
    table.to_csv(root / "artifacts/evaluate/findings.csv", index=False)
    return list(table["finding"])


def proposal(labels: dict[str, str], together: tuple[str, ...]) -> list[tuple[str, str]]:
    """(key, rows it writes) of each answer about the first of some photographs."""
    found = [
        Finding(f"{at:08}", NEW, "", name, together[1], "", "new_12", "", "", "", "name")
        for at, name in enumerate(together)
    ]
    rows = {
        name: Photograph("labelled", name, Path(name), None, "", 1, 1, identity=label) for name, label in labels.items()
    }
    case = case_of(found[0], Catalogue({"labelled": rows, "test": {}}), "new_whale", found)
    return [(one.key, " ".join(f"{each.action} {each.image}" for each in one.decisions)) for one in case.answers]


def test_a_proposal_names_two_or_all_or_none() -> None:
    labels = dict.fromkeys(("n1", "n2", "n3"), "")
    assert proposal(labels, ("n1", "n2", "n3")) == [
        ("s", "name n1 name n2"),
        ("a", "name n1 name n2 name n3"),
        ("d", "keep n1"),
        ("x", "drop n1"),
        ("c", "unsure n1"),
    ]
    assert [key for key, _ in proposal(labels, ("n1", "n2"))] == ["s", "d", "x", "c"]


def test_all_photographs_of_a_proposal_are_named_at_once(answered: Served, serve: Callable[[Path], Served]) -> None:
    labelled = answered.root / "artifacts/prepare/labelled.parquet"
    pd.read_parquet(labelled).assign(label="").to_parquet(labelled, index=False)
    names = propose(answered.root, ("a1.jpg", "a2.jpg", "n1.jpg"))
    client = serve(answered.root).enter()
    form = {"answer": "name-all", "value": "zoe"}
    reply = client.post(f"/decide/new-individuals/{names[0]}", data=form, headers=SCRIPT)
    assert reply.json()["url"] == "/decide/new-individuals/-"
    rows = rows_of(answered.root / "edits.csv")
    assert sorted(rows[row][:3] for row in in_force(rows)) == [
        ["a1.jpg", "name", "zoe"],
        ["a2.jpg", "name", "zoe"],
        ["n1.jpg", "name", "zoe"],
    ]

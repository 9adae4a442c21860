"""What will run again: told by dvc.yaml and by what audit has read."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from longtail.reviewing import next_run
from tests.conftest import ROOT
from tests.reviewing import drawn_run
from tests.reviewing.conftest import Served

RELABEL = "b1.jpg,relabel,ada,Kim,2026-01-01,x\n"
KEEP = "a1.jpg,keep,confusion 01234567,Kim,2026-01-01,x\n"


@pytest.fixture
def project(served: Served) -> Path:
    """The drawn run with the graph of this project, whose audit has read no decision."""
    shutil.copy(ROOT / "dvc.yaml", served.root)
    (served.root / "artifacts/audit/edits.csv").write_text(drawn_run.HEADER)
    (served.root / "artifacts/audit/record.json").write_text(json.dumps({"seconds": 75}))
    return served.root


def stages(page: str) -> list[str]:
    return re.findall(r"<tr><th>([\w@]+)</th><td>(?:reads|<code>)", page)


def test_a_relabelling_runs_everything_after_audit(served: Served, project: Path) -> None:
    (project / "edits.csv").write_text(drawn_run.HEADER + RELABEL)
    page = served.enter().get("/next-run").text
    ran = stages(page)
    assert {"audit", "split", "train", "embed@test", "evaluate", "predict", "report"} <= set(ran)
    assert not {"validate", "prepare@labelled", "prepare@test"} & set(ran)
    assert "reads your decisions in <code>edits.csv</code>" in page
    assert "<code>audit</code> writes <code>artifacts/audit/groups.parquet</code> anew" in page
    assert "the network is trained again, and the whole run takes about 1 minute," in page
    assert "<td>b1.jpg</td><td>ada</td><td>Kim</td>" in page


def test_a_rejection_trains_nothing(served: Served, project: Path) -> None:
    (project / "edits.csv").write_text(drawn_run.HEADER + KEEP)
    page = served.enter().get("/next-run").text
    assert stages(page) == ["audit", "report"]
    assert "nothing is trained again" in page


def test_what_was_applied_and_is_taken_back_is_listed(served: Served, project: Path) -> None:
    (project / "artifacts/audit/edits.csv").write_text(drawn_run.HEADER + RELABEL + KEEP)
    (project / "edits.csv").write_text(drawn_run.HEADER + KEEP)
    waiting = next_run.waiting(project)
    assert (waiting.added, [row[1] for row in waiting.taken_back]) == ([], ["relabel"])
    page = served.enter().get("/next-run").text
    assert "Applied, and taken back since" in page
    assert "train" in stages(page)


def test_with_nothing_new_nothing_runs(served: Served, project: Path) -> None:
    shutil.copy(project / "edits.csv", project / "artifacts/audit/edits.csv")
    assert "Nothing waits" in served.enter().get("/next-run").text


def test_a_decision_made_here_is_listed_at_once(served: Served, project: Path) -> None:
    client = served.enter()
    path = f"/decide/label-errors/{drawn_run.name_of(project, 'likely_label_error')}"
    client.post(path, data={"answer": "same", "why": "<same notch>"})
    assert "&lt;same notch&gt;" in client.get("/next-run").text

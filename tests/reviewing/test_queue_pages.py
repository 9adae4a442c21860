"""The first page and the lists: every finding in its queue, counted, with what was measured."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from longtail.labels.findings import QUESTIONS
from longtail.reviewing import doubtful
from longtail.reviewing.queues import QUEUES
from tests.reviewing import drawn_run
from tests.reviewing.conftest import Served


def counts(page: str) -> dict[str, tuple[int, int]]:
    """{title: left, all} of the queues on the first page."""
    queues = re.findall(r"<h2>([^<]+)</h2>.*?<strong>([\d,]+)</strong> left of ([\d,]+)", page, re.DOTALL)
    return {title: (int(left), int(all_)) for title, left, all_ in queues}


def test_every_kind_of_finding_is_in_one_queue() -> None:
    kinds = [kind for queue in QUEUES for kind in queue.kinds]
    assert sorted(kinds) == sorted([*QUESTIONS, doubtful.KIND])


def test_the_first_page_counts_what_is_left(served: Served) -> None:
    (served.root / "edits.csv").write_text(drawn_run.HEADER + "a1.jpg,apart,a2.jpg,Kim,2026-01-01,x\n")
    assert counts(served.enter().get("/").text) == {
        "Conflicts": (2, 2),
        "Likely label errors": (2, 2),
        "Confusions": (1, 1),
        "Doubtful answers": (0, 0),
        "Proposed new individuals": (0, 0),
        "Copies": (0, 1),
        "Odd photographs": (1, 1),
    }


def test_the_measured_precision_is_quoted(served: Served) -> None:
    page = served.enter().get("/").text
    assert re.search(
        r"likely label error.*?right in \d+ of \d+ on drawn data, in \d+ of \d+ on real whales", page, re.S
    )
    assert "not measured yet" not in page.partition(">grey")[2], "it claims nothing"


def test_photographs_that_are_hard_to_judge_come_last(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = drawn_run.make(tmp_path)
    pairs = [("c1.png", "a1.jpg"), ("b2.jpg", "c1.png"), ("b1.jpg", "a1.jpg")]  # c1.png is grey
    doubted = [("doubtful_label", image, other, "") for image, other in pairs]
    drawn_run.tables(root, drawn_run.LABELS, [("grey", "c1.png", "", "")], doubted)
    page = serve(root).enter().get("/queue/label-errors").text
    assert page.index("about b1.jpg") < min(page.index("about c1.png"), page.index("about b2.jpg"))


def test_a_list_shows_open_and_decided_findings(served: Served) -> None:
    client = served.enter()
    (served.root / "edits.csv").write_text(drawn_run.HEADER + "b1.jpg,relabel,ada,Kim,2026-01-01,x\n")
    still_open, decided = (client.get(f"/queue/label-errors?show={word}").text for word in ("open", "decided"))
    assert drawn_run.name_of(served.root, "likely_label_error") in decided
    assert "relabel" in decided
    assert drawn_run.name_of(served.root, "doubtful_label") in still_open
    assert 'src="/picture/labelled?image=c1.png&amp;side=256' in still_open


@pytest.mark.parametrize("path", ["/queue/nothing", "/queue/../edits.csv", "/edits.csv", "/static/../state.py"])
def test_what_there_is_not_is_not_found(served: Served, path: str) -> None:
    assert served.enter().get(path).status_code == 404


def test_a_new_run_is_read_when_its_tables_change(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served.enter()
    client.get("/")
    monkeypatch.setattr("longtail.reviewing.web.state._POLL_SECONDS", 0)
    drawn_run.tables(served.root, drawn_run.LABELS, drawn_run.AUDIT[:1], [])
    page = client.get("/").text
    assert counts(page)["Copies"] == (1, 1)
    assert counts(page)["Conflicts"] == (0, 0)


def test_while_a_stage_has_taken_its_tables_away_the_last_ones_stay(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = served.enter()
    monkeypatch.setattr("longtail.reviewing.web.state._POLL_SECONDS", 0)
    (served.root / "dvc.lock").touch()  # a project of DVC's, where what is of one run can be told
    pathlib.Path(served.root / "artifacts/evaluate/findings.csv").unlink()
    page = client.get("/").text
    assert "A run is at work" in page
    assert counts(page)["Confusions"] == (1, 1)


def test_names_of_photographs_are_no_markup(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = {"<b>x.jpg": "<script>alert(1)</script>", "a1.jpg": "ada"}
    drawn_run.tables(served.root, labels, [("near_duplicate", "<b>x.jpg", "a1.jpg", "")], [])
    monkeypatch.setattr("longtail.reviewing.web.state._POLL_SECONDS", 0)
    page = served.enter().get("/queue/copies").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_tables_need_no_thumbnails(served: Served) -> None:
    """`prepare`'s table has 4 kB a photograph of them: they would fill the memory."""
    path = served.root / "artifacts/prepare/labelled.parquet"
    pd.read_parquet(path).assign(thumb=[b"x" * 4096] * len(drawn_run.LABELS)).to_parquet(path, index=False)
    assert served.enter().get("/").status_code == 200

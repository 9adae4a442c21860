"""A review that begins while a run is at work shows the run before, out of DVC's cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from longtail import artifacts
from tests.lineage.making import keep
from tests.lineage.test_finished import lock
from tests.reviewing import answered_run, drawn_run
from tests.reviewing.conftest import Served

MADE_BY = {
    "prepare": (artifacts.LABELLED, artifacts.TEST),
    "audit": (artifacts.AUDIT_FINDINGS,),
    "split": (artifacts.SPLIT,),
    "evaluate": (artifacts.EVALUATE_FINDINGS,),
    "predict": (artifacts.CANDIDATES, artifacts.DECISIONS),
}


def remember(root: Path) -> None:
    """Put the run into DVC's cache, as its lock names it."""
    md5 = {path: keep(root, (root / path).read_bytes()) for paths in MADE_BY.values() for path in paths}
    known: list[str] = []
    entries = {}
    for stage, paths in MADE_BY.items():
        lines = [f"  {kind}:\n" + "".join(f"  - path: {p}\n    md5: {md5[p]}\n" for p in several)
                 for kind, several in (("deps", known), ("outs", paths)) if several]  # fmt: skip
        entries[stage] = "".join(lines)
        known = [*known, *paths]
    lock(root, **entries)


def test_the_run_before_is_shown_from_the_cache(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = answered_run.make(tmp_path)
    remember(root)
    for stage in MADE_BY:
        shutil.rmtree(root / "artifacts" / stage)
    client = serve(root).enter()
    page = client.get("/").text
    assert "is not as a finished run leaves it" in page
    assert "<strong>2</strong> left of 2" in page
    assert "t1.jpg" in client.get("/queue/doubtful-answers").text
    path = client.get("/decide/label-errors").headers["location"]
    assert client.post(path, data={"answer": "same"}, headers={"Accept": "application/json"}).status_code == 200
    assert "b1.jpg,relabel,ada,Rae" in (root / "edits.csv").read_text()
    assert not (root / artifacts.LABELLED).exists()


def test_it_begins_with_the_new_run_when_that_has_ended(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    root = drawn_run.make(tmp_path)
    client = serve(root).enter()
    table = pd.read_csv(root / artifacts.EVALUATE_FINDINGS, dtype="str").iloc[:1]
    table.to_csv(root / artifacts.EVALUATE_FINDINGS, index=False)
    client.app.state.review._looked = float("-inf")  # type: ignore[attr-defined]
    assert "<strong>1</strong> left of 1" in client.get("/").text

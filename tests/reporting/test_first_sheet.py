"""The first sheet: which data, when, from which code, top-1 and top-5, and commands that fit the state."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from longtail.labels.rawset import DRAWN_MARKER
from longtail.reporting.context import PageSource, ReportContext
from longtail.reporting.next_steps import next_steps
from longtail.reporting.ranks import closed_set, open_set
from tests.reporting import cases
from tests.reporting.building import Artifacts, artifacts
from tests.reporting.conftest import Draw
from tests.reporting.golden_pages import OPTIONS


def commands(tables: Artifacts, *, is_drawn: bool = False) -> list[str]:
    source = PageSource(
        params={}, param_sections=(), versions={}, hashes={}, unknown_label="new_whale", runs={}, data_version={},
        is_drawn=is_drawn,
    )  # fmt: skip
    return [step.command for step in next_steps(ReportContext(cases.inputs_of(tables), OPTIONS, source))]


def decided() -> Artifacts:
    """Nothing is left to decide, and no identity has a single photograph."""
    tables = artifacts()
    tables["findings"] = tables["findings"].head(0)
    tables["label_issues"] = tables["label_issues"].head(0)
    tables["proposals"] = tables["proposals"].head(0)
    tables["verdict"]["facts"]["seen_once"] = 0
    return tables


def test_it_names_the_data_the_time_and_the_commit_from_the_records(draw: Draw, tmp_path: Path) -> None:
    inputs = {"data/raw/train.csv": "a" * 32, "data/raw/train": "b" * 32 + ".dir"}
    records = {
        "prepare/labelled.record.json": {"inputs": inputs},
        "train/record.json": {"started": "2026-05-04T03:02:01+00:00", "commit": "0123456789ab", "dirty": False},
        "evaluate/record.json": {"started": "2026-05-05T03:02:01+00:00", "commit": "", "dirty": True},
    }
    for name, record in records.items():
        (tmp_path / "artifacts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "artifacts" / name).write_text(json.dumps(record))
    summary = draw(artifacts()).section("summary")
    assert "data/raw, version labels aaaaaaaa, photographs bbbbbbbb" in summary.one(field="data").text
    run = summary.one(field="run").text
    assert "trained 2026-05-04 03:02 UTC, commit 01234567 ;" in run
    assert "scored 2026-05-05 03:02 UTC, commit unknown with changed code" in run


def test_the_next_commands_fit_the_state() -> None:
    always = ["longtail identify PHOTO --html answer.html", "make run"]
    assert commands(artifacts()) == ["longtail review --serve", "longtail add SOURCE", *always]
    assert commands(decided()) == always
    assert commands(decided(), is_drawn=True) == ["longtail import SOURCE", *always]


def test_the_drawn_sample_is_called_that(draw: Draw, tmp_path: Path) -> None:
    for name in ("train", "test"):
        (tmp_path / "data/raw" / name).mkdir(parents=True)
    (tmp_path / "data/raw" / DRAWN_MARKER).write_text(json.dumps({"images": 34, "test": 3}))
    summary = draw(decided()).section("summary")
    assert summary.one(field="data").text.startswith("The drawn sample")
    assert "longtail import SOURCE" in summary.text


def test_a_finding_that_edits_decide_is_not_asked_about() -> None:
    tables = decided()
    tables["findings"] = artifacts()["findings"]
    assert commands(tables)[0] == "longtail review --serve", "for the conflict; the others ask nothing"
    tables["edits"] = pd.DataFrame([("", "keep", "conflict a0000003", "", "", "")], columns=tables["edits"].columns)
    assert "longtail review --serve" not in commands(tables)


def test_top_k_and_the_curve_are_shares_of_photographs() -> None:
    tables = artifacts()
    tables["predictions"] = tables["predictions"].assign(
        ap=[1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 0, 1, 1, 1],
        closed_rank=[1, 1, 2, 3, 5, 0, 0, 0, 0],
        known=[True] * 6 + [False] * 3,
    )
    inputs = cases.inputs_of(tables)
    shares = [point.share for point in open_set(inputs).points]
    assert shares == pytest.approx([4 / 9, 5 / 9, 6 / 9, 7 / 9, 8 / 9])
    curve = closed_set(inputs)
    assert curve is not None
    assert [point.share for point in curve.points] == pytest.approx([2 / 6, 3 / 6, 4 / 6, 4 / 6, 5 / 6])
    assert (curve.photographs, curve.identities) == (6, 6)
    assert all(point.low <= point.share <= point.high for point in curve.points)


def test_a_run_without_ranks_has_no_curve(draw: Draw) -> None:
    tables = artifacts()
    tables["predictions"] = tables["predictions"].drop(columns="closed_rank")
    assert closed_set(cases.inputs_of(tables)) is None
    assert "CMC" not in draw(tables).section("scores").text


def test_a_proposed_new_individual_is_asked_about_until_it_is_decided() -> None:
    tables = decided()
    tables["proposals"] = artifacts()["proposals"]
    assert commands(tables)[0] == "longtail review --serve"
    images = tables["proposals"].loc[tables["proposals"]["part"] == "labelled", "image"]
    rows = [(image, "name", "zoe", "", "", "") for image in images]
    tables["edits"] = pd.DataFrame(rows, columns=tables["edits"].columns)
    assert "longtail review --serve" not in commands(tables)

"""What Prefect's pages say of a run: score and outcome in its name, tags and message; tables whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.orchestration import get_client

from flows import artifacts, retrain, run_page
from flows.stages import Outcome
from longtail.errors import BadInput, Problem


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    metrics = {"open_map_at_5": 0.6124, "open_map_at_5_low": 0.55, "open_map_at_5_high": 0.67}
    (tmp_path / "artifacts/evaluate").mkdir(parents=True)
    (tmp_path / "artifacts/evaluate/metrics.json").write_text(json.dumps(metrics))
    return tmp_path


@pytest.mark.parametrize(
    ("state", "words", "tag"),
    [
        ("Completed", "published", "published"),
        ("Refused", "refused", "refused"),
        ("Cached", "nothing new", "nothing-new"),
        ("Skipped", "nothing to publish", "nothing-to-publish"),
    ],
)
def test_a_run_is_called_by_outcome_and_score(scored: Path, state: str, words: str, tag: str) -> None:
    outcomes = [Outcome("train", "Completed", 1.0, ""), Outcome("publish", state, 0.1, "receipt receipts/a.json")]
    headline = run_page.ended(scored, outcomes)
    assert headline.name == f"{words}, MAP@5 0.612"
    assert headline.message == f"{words}, MAP@5 0.612: 95% interval [0.550, 0.670]; receipt receipts/a.json"
    assert headline.tags == [tag]


def test_a_run_without_a_score_has_an_outcome(tmp_path: Path) -> None:
    assert run_page.ended(tmp_path, []).message == "done"


def test_a_run_that_stopped_says_where() -> None:
    error = BadInput(Problem("torn", "Mend it."))
    assert run_page.stopped(error).name == "failed"
    error.add_note("train")
    assert (run_page.stopped(error).name, run_page.stopped(error).tags) == ("failed, at train", ["failed"])


def test_the_server_shows_it_and_the_caller_gets_the_outcomes(prefect_server: None, scored: Path) -> None:
    outcomes = [Outcome("publish", "Refused", 0.1, "worse")]

    @flow(name="named", flow_run_name="brave-whale")
    def named() -> list[Outcome]:
        return retrain._ended(scored, outcomes)

    state = named(return_state=True)
    assert state.result() == outcomes
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(state.state_details.flow_run_id)
    assert (run.name, run.tags) == ("brave-whale (refused, MAP@5 0.612)", ["refused"])
    assert run.state.message == "refused, MAP@5 0.612: 95% interval [0.550, 0.670]; worse"


def test_outside_of_a_run_nothing_is_named() -> None:
    run_page.write(run_page.Headline("published", "", ""))


def test_tables_are_whole_and_their_text_is_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('slice,map_at_5,photographs\nall,0.123456,1200\n"a|b\nc",,3\n')
    assert artifacts.table_of(tmp_path / "t.csv").splitlines() == [
        "| slice | map_at_5 | photographs |",
        "| --- | --- | --- |",
        "| all | 0.1235 | 1200 |",
        "| a\\|b c |  | 3 |",
    ]


def test_the_report_has_an_address_that_a_browser_follows(tmp_path: Path) -> None:
    (tmp_path / "artifacts/report").mkdir(parents=True)
    (tmp_path / "artifacts/report/model_card.md").write_text("# Model card\n")
    text = artifacts.report_of(tmp_path)
    assert f"--directory '{tmp_path}/artifacts/report' 8000" in text
    assert "http://127.0.0.1:8000/report.html" in text
    assert text.endswith("# Model card\n")
    assert "file://" not in text

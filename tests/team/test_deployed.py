"""Runs that a worker does: triggered, scheduled, on changed data. Results on the branch, bytes in the bucket, once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.e2e.tiny import set_params
from tests.team.first_runs import FirstRuns
from tests.team.processes import wait_until
from tests.team.runs import Api
from tests.team.team import Team

pytestmark = pytest.mark.slow
ON_CHANGE = "retrain-on-change/on-change"


def test_a_run_triggered_through_the_api_leaves_its_results_on_the_branch_and_its_bytes_in_the_bucket(
    finished: FirstRuns, api: Api, tmp_path: Path
) -> None:
    team, run = finished.team.copied(tmp_path), finished.run
    person = team.person()
    assert person.head() == team.worker.head()
    subjects = person.run("git", "log", "--format=%s").splitlines()
    assert [subject.split(":")[0] for subject in subjects] == ["Retrain", "Start"]
    message = person.run("git", "log", "-1", "--format=%B")
    assert message.startswith("Retrain: open MAP@5 ")
    name = _name(api, run)
    assert f"Flow run {name.partition(' (')[0]} {run}" in message, "the name before its outcome was added"
    assert "(published, MAP@5 " in name
    [receipt] = person.receipts()
    assert receipt["flow_run"]["id"] == run
    person.run("dvc", "pull", "--quiet")
    for path in ("artifacts/train/model.safetensors", "artifacts/predict/submission.csv"):
        assert (person.root / path).read_bytes() == (team.worker.root / path).read_bytes()


def test_what_is_new_in_the_source_is_published_and_the_next_look_which_its_schedule_starts_finds_nothing(
    team: Team, api: Api, python: Path
) -> None:
    """Photographs of the test set, of which nothing is learned: a worker's training is that of the first run."""
    added = _more_photographs(_own_source(team))
    with team.working(python):
        run = api.trigger(ON_CHANGE)
        assert api.follow(run) == "COMPLETED", api.said(run)
        tasks, receipts, head = api.tasks(run), team.worker.receipts(), team.head()
        assert "8 test added" in api.said(run)
        assert {tasks[name] for name in ("predict", "publish", "push", "commit")} == {"Completed"}
        assert tasks["train"] == "Cached"
        assert [receipt["flow_run"]["id"] in api.inside(run) for receipt in receipts] == [False, True]
        assert head == team.worker.head()
        assert set(added) <= set(pd.read_csv(team.worker.root / "published/submission.csv", dtype=str)["Image"])

        again = _scheduled(team, api)
        assert api.follow(again) == "COMPLETED", api.said(again)
    assert "as it was" in api.said(again)
    assert set(api.tasks(again).values()) == {"Cached"}
    assert (team.worker.receipts(), team.head()) == (receipts, head)


def _scheduled(team: Team, api: Api) -> str:
    """The next look at the source, which its schedule starts."""
    before = len(api.runs_of(ON_CHANGE))
    team.prefect(f"deployment schedule create {ON_CHANGE} --interval 15 --replace --accept-yes")
    wait_until(lambda: len(api.runs_of(ON_CHANGE)) > before, "the scheduled run starts")
    team.prefect("deployment schedule pause --all")  # one is enough
    run = api.runs_of(ON_CHANGE)[before]
    assert run["auto_scheduled"]
    return str(run["id"])


def _name(api: Api, run: str) -> str:
    return next(str(entry["name"]) for entry in api.runs_of("retrain/weekly") if entry["id"] == run)


def _own_source(team: Team) -> Path:
    """The team's source, copied for this test and named on the branch."""
    source = team.bare.with_name("source")
    shutil.copytree(team.worker.root / "data/raw", source)
    person = team.person()
    set_params(person.root, source={"path": str(source)})
    person.commit("Name the source")
    return source


def _more_photographs(source: Path, count: int = 8) -> list[str]:
    """Names of further photographs of the test set."""
    path = source / "sample_submission.csv"
    table = pd.read_csv(path, dtype=str)
    rng = np.random.default_rng(1)
    names = [f"more_{number}.jpg" for number in range(count)]
    for name in names:
        Image.fromarray(rng.integers(0, 255, (60, 90, 3), dtype=np.uint8)).save(source / "test" / name)
    rows = pd.DataFrame({table.columns[0]: names, table.columns[1]: "new_whale"})
    pd.concat([table, rows]).to_csv(path, index=False)
    return names

"""What happens around a run: the worker is killed, a second one begins, PostgreSQL restarts."""

from __future__ import annotations

import pytest

from longtail import run_record
from tests.e2e.tiny import BEFORE_TRAIN, Project
from tests.team.first_runs import MODEL, FirstRuns
from tests.team.runs import Api

pytestmark = pytest.mark.slow


def test_a_killed_run_ends_its_stage_leaves_nothing_half_written_and_is_marked(finished: FirstRuns, api: Api) -> None:
    assert not finished.model_after_kill
    assert finished.state_after_kill == "RUNNING"
    assert api.state(finished.killed)["type"] == "CRASHED"
    assert list((finished.team.worker.root / "artifacts").rglob("*.tmp")) == []


def test_the_next_run_takes_up_what_the_killed_one_had_finished(finished: FirstRuns, api: Api) -> None:
    assert api.started(finished.run) > api.ended(finished.killed)  # one at a time: its place was taken until then
    tasks = api.tasks(finished.run)
    assert {tasks.pop(name) for name in BEFORE_TRAIN} == {"Cached"}
    assert set(tasks.values()) == {"Completed"}
    assert {"train", "predict", "publish", "push", "commit"} <= set(tasks)


def test_a_flow_by_hand_beside_it_is_refused_while_postgresql_is_down(finished: FirstRuns) -> None:
    assert f"a flow is already running in this checkout (pid {finished.flow_pid}, started 20" in finished.by_hand
    assert "Traceback" not in finished.by_hand


def test_a_clone_elsewhere_makes_the_same_model_and_submission_from_nothing(
    finished: FirstRuns, by_hand: Project
) -> None:
    """The worker cloned and pulled what `by_hand` has drawn in another folder, shares no cache with it, and was killed.

    Nobody disturbed the training of `by_hand`.
    """
    worker = finished.team.worker
    assert worker.root != by_hand.root
    for path in ("data/raw.dvc", MODEL, "artifacts/predict/submission.csv"):
        assert run_record.md5_of(worker.root / path) == run_record.md5_of(by_hand.root / path)

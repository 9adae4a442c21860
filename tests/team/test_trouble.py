"""What happens around a run: the worker is killed, a second one begins, PostgreSQL restarts."""

from __future__ import annotations

import json
import os
import signal

import pytest

from longtail import run_record
from tests.e2e.tiny import BEFORE_TRAIN, set_params
from tests.team.processes import is_alive, processes_in, wait_until
from tests.team.runs import Api
from tests.team.services import Postgres
from tests.team.team import Checkout, Team

pytestmark = pytest.mark.slow
AFTER_TRAIN = {
    *(
        "train",
        "embed@labelled",
        "embed@augmented",
        "embed@test",
        "evaluate",
        "predict",
        "discover",
        "report",
        "publish",
    )
}


def test_what_a_killed_run_had_finished_is_taken_up_by_the_next_which_a_restart_of_postgresql_costs_nothing(
    team: Team, api: Api, postgres: Postgres
) -> None:
    _another_training(team, seed=2)
    with team.working() as worker:
        dead = api.trigger("retrain/weekly")
        _wait_for_train(team.worker)
        flow = _flow_of(team.worker)
        stages = [pid for pid in processes_in(team.worker.root) if pid != worker.pid]
        assert flow in stages
        for pid in (worker.pid, flow):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, stages)), "the stage and DVC are gone", 120)
    assert not (team.worker.root / "artifacts/train/model.safetensors").exists()
    assert api.state(dead)["type"] == "RUNNING"  # nobody could tell the server

    with team.working():
        later = api.trigger("retrain/weekly")
        wait_until(lambda: api.state(dead)["type"] == "CRASHED", "the automation marks the dead run")
        _wait_for_train(team.worker)
        flow = _flow_of(team.worker)
        postgres.stop()
        said = team.worker.run("python", "-m", "flows.retrain", code=1)
        postgres.start()
        assert f"a flow is already running in this checkout (pid {flow}, started 20" in said
        assert "Traceback" not in said
        assert api.follow(later) == "COMPLETED", api.said(later)
    assert api.started(later) > api.ended(dead)  # one run at a time: its place was taken until then
    _published_once_more(team, api, later)
    assert list((team.worker.root / "artifacts").rglob("*.tmp")) == []
    model = team.worker.root / "artifacts/train/model.safetensors"
    trained = run_record.md5_of(model)
    team.worker.run("dvc", "repro", "--quiet", "--force", "--single-item", "train")
    assert run_record.md5_of(model) == trained  # as a training that nobody disturbed


def _another_training(team: Team, seed: int) -> None:
    """Parameters changed on the branch, so that the next run trains anew, as no other test has: all share a bucket."""
    person = team.person()
    set_params(person.root, train={"unfrozen_epochs": 2, "seed": seed})
    person.commit("Train longer")


def _wait_for_train(checkout: Checkout) -> None:
    def training() -> bool:
        return any("longtail train" in words for words in processes_in(checkout.root).values())

    wait_until(training, "train runs", every=0.05)


def _flow_of(checkout: Checkout) -> int:
    """The flow's process, as the lock that it holds says."""
    return int(json.loads((checkout.root / ".longtail/flow.lock").read_text())["pid"])


def _published_once_more(team: Team, api: Api, run: str) -> None:
    """That run did what train and its followers needed, and everything of it arrived once."""
    tasks = api.tasks(run)
    assert {tasks[name] for name in BEFORE_TRAIN} == {"Cached"}
    assert {tasks[name] for name in AFTER_TRAIN} == {"Completed"}
    person = team.person()
    assert [receipt["flow_run"]["id"] == run for receipt in person.receipts()] == [False, True]
    assert person.head() == team.worker.head()
    subjects = person.run("git", "log", "--format=%s").splitlines()
    assert [subject.split(":")[0] for subject in subjects] == ["Retrain", "Train longer", "Retrain", "Start"]

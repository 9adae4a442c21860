"""The team's first run through the API: killed in its training, with its worker, and taken up by the next one."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.team.processes import is_alive, processes_in, wait_until
from tests.team.runs import Api
from tests.team.services import Postgres
from tests.team.team import Checkout, Team

MODEL = "artifacts/train/model.safetensors"


@dataclass(frozen=True)
class FirstRuns:
    """The team after them, and what was seen on the way."""

    team: Team
    killed: str
    """The run whose worker and flow were killed."""
    model_after_kill: bool
    """Whether it had left a network."""
    state_after_kill: str
    """Its state then: nobody could tell the server."""
    run: str
    """The next run, which ended well."""
    flow_pid: int
    """Its process."""
    by_hand: str
    """The words of a flow by hand beside it, while PostgreSQL was down."""


def first_runs(team: Team, postgres: Postgres, python: Path) -> FirstRuns:
    """Kill a run in its training; let the next one end, beside a flow by hand and a restart of PostgreSQL.

    Args:
        team: before any run.
        postgres: what Prefect's server keeps its runs in.
        python: what forks the processes of the next one; the killed one's are started.
    """
    api = Api(team.api)
    with team.working() as worker:
        killed = api.trigger("retrain/weekly")
        _wait_for_train(team.worker)
        flow = _flow_of(team.worker)
        stages = [pid for pid in processes_in(team.worker.root) if pid != worker.pid]
        assert flow in stages
        for pid in (worker.pid, flow):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, stages)), "the stage and DVC are gone", 120)
    model_after_kill = (team.worker.root / MODEL).exists()
    state_after_kill = str(api.state(killed)["type"])

    with team.working(python) as worker:
        run = api.trigger("retrain/weekly")
        wait_until(lambda: api.state(killed)["type"] == "CRASHED", "the automation marks the dead run")
        _wait_for_train(team.worker)
        flow = _flow_of(team.worker)
        postgres.stop()
        by_hand = team.worker.run(str(python), "-m", "flows.retrain", code=1)
        postgres.start()
        assert api.follow(run) == "COMPLETED", api.said(run) + worker.said()
    return FirstRuns(team, killed, model_after_kill, state_after_kill, run, flow, by_hand)


def _wait_for_train(checkout: Checkout) -> None:
    def training() -> bool:
        return any("longtail train" in words for words in processes_in(checkout.root).values())

    wait_until(training, "train runs", every=0.05)


def _flow_of(checkout: Checkout) -> int:
    """The flow's process, as the lock that it holds says."""
    return int(json.loads((checkout.root / ".longtail/flow.lock").read_text())["pid"])

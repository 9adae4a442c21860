"""Flow runs as Prefect's API tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tests.team.processes import wait_until

FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
_MINUTES = 30


@dataclass(frozen=True)
class Api:
    """Prefect's API, as any other program of the team would use it."""

    url: str

    def trigger(self, deployment: str) -> str:
        """Start a run of FLOW/DEPLOYMENT; gives its id."""
        entry = self._call("GET", f"/deployments/name/{deployment}")
        return str(self._call("POST", f"/deployments/{entry['id']}/create_flow_run", {})["id"])

    def state(self, run: str) -> dict[str, Any]:
        state: dict[str, Any] = self._call("GET", f"/flow_runs/{run}")["state"]
        return state

    def started(self, run: str) -> datetime:
        return datetime.fromisoformat(self._call("GET", f"/flow_runs/{run}")["start_time"])

    def ended(self, run: str) -> datetime:
        return datetime.fromisoformat(self.state(run)["timestamp"])

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        """Every run of a deployment that has begun, the oldest first."""
        entry = self._call("GET", f"/deployments/name/{deployment}")
        asked = {"flow_runs": {"deployment_id": {"any_": [entry["id"]]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return [run for run in self._call("POST", "/flow_runs/filter", asked) if run["start_time"]]

    def follow(self, run: str) -> str:
        """Wait for the end of a run; gives the type of its last state."""
        wait_until(lambda: self.state(run)["type"] in FINAL, f"run {run} ends", _MINUTES * 60)
        return str(self.state(run)["type"])

    def inside(self, run: str) -> list[str]:
        """The flows within a run: retrain-on-change calls retrain, which publishes."""
        asked = {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}}
        return [child["id"] for child in self._call("POST", "/flow_runs/filter", asked)]

    def tasks(self, run: str) -> dict[str, str]:
        """{task: name of its state} of a run that has ended, its flow within the flow included."""
        asked = {"flow_runs": {"id": {"any_": [run, *self.inside(run)]}}}

        def ended() -> list[dict[str, Any]]:
            """The server hears late how a task ended, by events."""
            tasks = [t for t in self._call("POST", "/task_runs/filter", asked) if not _is_flow(t)]
            return tasks if all(task["state"]["type"] in FINAL for task in tasks) else []

        return {task["name"]: task["state"]["name"] for task in wait_until(ended, "every task has ended")}

    def said(self, run: str) -> str:
        """The log of a run."""
        asked = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC"}
        return "\n".join(line["message"] for line in self._call("POST", "/logs/filter", asked))

    def _call(self, how: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = httpx.request(how, f"{self.url}{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


def _is_flow(task: dict[str, Any]) -> bool:
    """A flow within a flow stands among its tasks too."""
    return bool(task["state"]["state_details"].get("child_flow_run_id"))

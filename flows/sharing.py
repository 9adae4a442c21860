"""Sharing a run with the team: bytes go to DVC's remote, results to the branch that deployments pull."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import Field

from flows import dvc, git
from flows.stages import Outcome, outcome_of, retrying_task
from longtail.artifacts import METRICS
from longtail.errors import BadParameter, Problem
from longtail.lineage import store
from longtail.lineage.store import Store
from longtail.params import Section
from longtail.redaction import redacted


class ShareParams(Section):
    """`share:`, what of a run goes to the team; read by the flow alone."""

    push: bool | Literal["auto"] = Field("auto", description="bytes to DVC's remote; auto: where there is one")
    commit: bool = Field(False, description="results to git: dvc.lock, data/*.dvc, params.yaml, receipts, pushed")
    remote: str = Field("origin", min_length=1, description="git's remote that deployments pull from")
    branch: str = Field("", description="its branch; '': the one that is checked out")


def run(root: Path, params: ShareParams) -> list[Outcome]:
    """Share what there is to share, a task each.

    Args:
        root: the project's root.
        params: what goes to the team.

    Returns:
        How each task ended.

    Raises:
        BadParameter: bytes are to be pushed, and there is no default remote.
        git.Rejected: somebody else has pushed first.
    """
    outcomes = []
    has_remote = bool(Store.of(root).default_remote)
    if params.push is True and not has_remote:
        remedy = "dvc remote add --default NAME URL, or set it to auto."
        raise BadParameter(Problem("share.push: true needs a default remote of DVC's", remedy, where="share.push"))
    if params.push is True or (params.push == "auto" and has_remote):
        outcomes.append(outcome_of("push", lambda: push_bytes(root, return_state=True)))
    if params.commit:
        outcomes.append(outcome_of("commit", lambda: commit_results(root, params, return_state=True)))
    return outcomes


def refuse_moved(root: Path, params: ShareParams) -> None:
    """Refuse, before anything is published, where results could not be committed and may be there already.

    Args:
        root: the project's root.
        params: what goes to the team.
    """
    if params.commit:
        git.refuse_moved(root, params.remote, params.branch or git.branch_of(root))


@retrying_task("push")
def push_bytes(root: Path) -> State[dict[str, str]]:
    """Every object of this run and what the run cache knows, to DVC's default remote."""
    count = dvc.push(root)
    line = f"{count:,} objects to {Store.of(root).default_remote}"
    return Completed(name=None if count else "Cached", data={"line": line})


@retrying_task("commit")
def commit_results(root: Path, params: ShareParams) -> State[dict[str, str]]:
    """Results in git, pushed; `Cached` where they are there already.

    Args:
        root: the project's root.
        params: what goes to the team.

    Returns:
        The state, with the line for the last screen.
    """
    branch = params.branch or git.branch_of(root)
    new = git.commit(root, message_of(root))
    git.push(root, params.remote, branch)  # also what an earlier run committed and could not push
    line = f"results on {redacted(params.remote)}/{branch}" if new else "nothing new to commit"
    return Completed(name=None if new else "Cached", data={"line": line})


def message_of(root: Path) -> str:
    """The score, the version of the raw set, the run that made them."""
    metrics = json.loads((root / METRICS).read_text(encoding="utf-8"))
    raw = store.locked(root).get(dvc.RAW, "")
    run_of = f"{flow_run.get_name() or 'by hand'} {flow_run.get_id() or ''}".strip()
    return f"Retrain: open MAP@5 {metrics['open_map_at_5']:.4f}\n\nRaw data {raw}\nFlow run {run_of}\n"

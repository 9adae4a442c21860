"""The publication: the submission is checked, passes the gate, goes where `publish:` says, and never goes twice.

Every submission leaves a receipt, a refused one too: the register says what was held back, and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from flows import dvc, first_weights, gate, publication, records, warm_start
from flows.publication import Publication
from flows.stages import Outcome, outcome_of, retrying_task
from longtail import licences, renamed, run_record, stages
from longtail.artifacts import IDENTIFIER, METRICS, NETWORK, NETWORK_OF_ALL_FOLDS, NETWORKS_BESIDE, TEST
from longtail.errors import BadParameter, LongtailError, Problem
from longtail.metrics import network_choice, without_score
from longtail.params import Section
from longtail.publishing import directory, kaggle, receipt
from longtail.publishing.receipt import Receipt
from longtail.publishing.submission import check_submission
from longtail.redaction import of_values

_POLL_SECONDS = 20.0
MODEL = (NETWORK, IDENTIFIER)


def run(
    root: Path, schemas: Mapping[str, type[Section]], force: str = "", began: records.Began | None = None
) -> Outcome:
    """The flow's last task, and how it ended.

    Args:
        root: the project's root.
        schemas: every section of params.yaml beside the shared ones.
        force: why the gate is not to hold anything back, for the receipt; `""`: it may.
        began: the code that the run began with.

    Returns:
        How it ended.
    """
    return outcome_of("publish", lambda: publish(root, schemas, force, began, return_state=True))


@retrying_task("publish")
def publish(
    root: Path, schemas: Mapping[str, type[Section]], force: str = "", began: records.Began | None = None
) -> State[dict[str, str]]:
    """Publish what `predict` wrote, once: `Cached` where the register has these bytes, `Refused` by the gate.

    Args:
        root: the project's root.
        schemas: every section of params.yaml beside the shared ones.
        force: why the gate is not to hold anything back; `""`: it may.
        began: the code that the run began with.

    Returns:
        The state, with the line for the last screen.
    """
    candidate = publication.read(root, schemas, force, began)
    if candidate.earlier is not None and not _may_pass_now(candidate, candidate.earlier[1]):
        name, published = candidate.earlier
        summary = _summary(name, _with_score(candidate, name, published))
        return Completed(name="Cached", message=summary["line"], data=summary)
    images = pd.read_parquet(root / TEST, columns=["image"])["image"].tolist()
    if not images:
        return Completed(name="Skipped", data={"line": "there are no test photographs, so nothing to publish"})
    check_submission(candidate.submission, images, candidate.data)
    records.check_records(candidate.checkout)
    outcome, decision = _decide(candidate)
    new = make_receipt(candidate, len(images), outcome, decision)
    if outcome != "refused":
        _say_licence(new)
        new = _send(candidate, new)
    receipt.write(root / receipt.REGISTER / new.file_name, new)  # before any waiting for a score: it has gone
    summary = _summary(new.file_name, _with_score(candidate, new.file_name, new))
    if outcome == "refused":
        return Completed(name="Refused", message=summary["line"], data=summary)
    return Completed(data=summary)


def make_receipt(candidate: Publication, rows: int, outcome: receipt.Outcome, decision: Mapping[str, Any]) -> Receipt:
    """The receipt of a submission that was just made: of what its stages used, whatever lies in the tree by now.

    Args:
        candidate: the submission.
        rows: how many test photographs it names.
        outcome: what became of it.
        decision: what the gate found.

    Returns:
        The receipt, not written yet.
    """
    hashes, to = candidate.checkout.locked, candidate.to
    unscored = without_score.has_none(candidate.network)
    chosen = network_choice.of_identifier(candidate.root / IDENTIFIER)
    several = candidate.values.get("train", {}).get("networks", 1) > 1 or bool(chosen)
    model = [*MODEL, *([NETWORKS_BESIDE] if several else []), *([NETWORK_OF_ALL_FOLDS] if unscored else [])]
    # The file's md5 only where it still says what was used.
    md5 = run_record.md5_of(candidate.root / "params.yaml") if candidate.values == candidate.in_file else ""
    return Receipt(
        submission={"md5": candidate.md5, "rows": rows, "bytes": candidate.submission.stat().st_size},
        raw={"path": dvc.RAW, "md5": candidate.checkout.raw},
        model={path: hashes.get(path, "") for path in model},
        artifacts={path: value for path, value in hashes.items() if path != dvc.RAW},
        code=records.code_used(candidate.checkout, candidate.began),
        params={"md5": md5, "values": _redacted_params(candidate.values)},
        metrics=json.loads((candidate.root / METRICS).read_text(encoding="utf-8")),
        flow_run={"id": str(flow_run.get_id() or ""), "name": flow_run.get_name() or ""},
        versions=run_record.versions(),
        published=datetime.now(UTC).isoformat(timespec="seconds"),
        to=to.directory if to.to == "directory" else f"kaggle:{to.competition}",
        by=run_record.who(candidate.root),
        edits=records.edits_used(candidate.checkout),
        weights=first_weights.recorded(candidate.root),
        outcome=outcome,
        decision=dict(decision),
        start=warm_start.recorded(candidate),
        network={"fold": "all", "score": None, "note": without_score.notice(candidate.network)} if unscored else {},
        network_choice=dict(chosen),
    )


def _say_licence(new: Receipt) -> None:
    """Before anything leaves: whose weights are in it, and under which licence."""
    if warning := licences.warning(new.weights):
        get_run_logger().warning("%s", warning)
    elif line := licences.in_words(new.weights):
        get_run_logger().info("%s", line)


def _may_pass_now(candidate: Publication, earlier: Receipt) -> bool:
    """Whether what was refused is asked about again: by force, or at a gate that was set anew since."""
    if earlier.outcome != "refused":
        return False
    gate_then = renamed.parameters("gate", earlier.params["values"].get("gate") or {})
    return bool(candidate.force) or gate_then != candidate.values["gate"]


def _decide(candidate: Publication) -> tuple[receipt.Outcome, dict[str, Any]]:
    """What becomes of the submission, and what the gate found. Raises LongtailError, unless forced."""
    try:
        decision = asdict(gate.decide(candidate.checkout, candidate.gate))
    except LongtailError as error:
        if not candidate.force:
            raise
        decision = {"passes": False, "why": str(error)}
    if decision["passes"]:
        return "published", decision
    return ("forced", decision | {"forced_because": candidate.force}) if candidate.force else ("refused", decision)


def _send(candidate: Publication, new: Receipt) -> Receipt:
    """Carry the submission where it goes; gives the receipt with what came back at once."""
    to = candidate.to
    if to.to == "directory":
        return directory.publish(candidate.root / to.directory, candidate.submission, new)
    if not to.competition:
        remedy = "Set it to the competition's name in its address."
        raise BadParameter(Problem("publish.to: kaggle needs publish.competition", remedy, where="publish.competition"))
    message = f"longtail {new.code['commit'][:7]} {new.flow_run['name']}".strip()
    return replace(new, answer=kaggle.submit(candidate.submission, new.md5, to.competition, message))


def _with_score(candidate: Publication, name: str, published: Receipt) -> Receipt:
    """The receipt, with Kaggle's score written into it where one was still to come."""
    if published.answer.get("status") != kaggle.PENDING:
        return published
    competition = published.to.removeprefix("kaggle:")
    answer = kaggle.wait_for_score(published.md5, competition, candidate.to.score_timeout_s, _POLL_SECONDS)
    scored = replace(published, answer=answer)
    receipt.write(candidate.root / receipt.REGISTER / name, scored)
    return scored


def _redacted_params(values: Mapping[str, Any]) -> dict[str, Any]:
    """The effective parameters as a receipt tells them. A stage's stay as dvc.lock has them, word for word."""
    own = {"data", "compute", *stages.names()}
    return {name: section if name in own else of_values(section) for name, section in values.items()}


def _summary(name: str, published: Receipt) -> dict[str, str]:
    path = (receipt.REGISTER / name).as_posix()
    line = f"{published.to}/{directory.SUBMISSION} of {published.published}, receipt {path}"
    if published.outcome == "refused":
        line = f"not published: {published.decision['why']}; receipt {path}"
    elif published.answer:
        answer = published.answer
        reason = f" ({answer['said']})" if answer.get("said") else ""
        line += f", {answer['status']}{reason}, public score {answer['public_score']}"
    if published.outcome == "forced":
        line += f", forced: {published.decision['forced_because']}"
    return {"line": line, "receipt": path, "md5": published.md5, "outcome": published.outcome}

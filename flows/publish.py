"""The publication: the submission is checked, passes the gate, goes where `publish:` says, and never goes twice.

Every submission leaves a receipt, a refused one too: the register says what was held back, and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import Field

from flows import dvc, gate, records
from flows.stages import Outcome, outcome_of, tried_again
from longtail import params, renamed, run_record, stages
from longtail.artifacts import IDENTIFIER, METRICS, NETWORK, SUBMISSION, TEST
from longtail.errors import BadParameter, LongtailError, Problem
from longtail.lineage import store
from longtail.params import Section
from longtail.publishing import directory, kaggle, receipt
from longtail.publishing.receipt import Receipt
from longtail.publishing.submission import check_submission
from longtail.redaction import of_values

_SECONDS_BETWEEN_LOOKS = 20.0
MODEL = (NETWORK, IDENTIFIER)


class PublishParams(Section):
    """`publish:`, where a submission goes; read by the flow alone."""

    to: Literal["directory", "kaggle"] = Field("directory", description="where submissions go: directory or kaggle")
    directory: str = Field("published", min_length=1, description="folder that receives submission.csv and its receipt")
    competition: str = Field("", description="kaggle: the competition's name in its address")
    score_timeout_s: float = Field(600.0, ge=0, description="kaggle: seconds to wait for the score")


def run(
    root: Path, schemas: Mapping[str, type[Section]], force: str = "", began: records.Began | None = None
) -> Outcome:
    """The flow's last task, and how it ended. Raises what a wrong submission deserves.

    `force` is the reason why the gate is not to hold anything back; it stands in the receipt. `began`: the code that
    the run began with.
    """
    return outcome_of("publish", lambda: publish(root, schemas, force, began, return_state=True))


@tried_again("publish")
def publish(
    root: Path, schemas: Mapping[str, type[Section]], force: str = "", began: records.Began | None = None
) -> State[dict[str, str]]:
    """Publish what `predict` wrote, once: `Cached` where the register has these bytes, `Refused` by the gate."""
    register = root / receipt.REGISTER
    md5 = run_record.md5_of(root / SUBMISSION)
    earlier = receipt.find(register, md5)
    in_file = effective_params(root, schemas)
    values = records.values_used(root, in_file)
    to = PublishParams(**values["publish"])
    if earlier is not None and not _may_pass_now(receipt.read(earlier), values, force):
        told = _told(root, _answered(earlier, to))
        return Completed(name="Cached", message=told["line"], data=told)
    images = pd.read_parquet(root / TEST, columns=["image"])["image"].tolist()
    if not images:
        return Completed(name="Skipped", data={"line": "there are no test photographs, so nothing to publish"})
    check_submission(root / SUBMISSION, images, params.DataParams(**values["data"]))
    records.refuse_untrue(root)
    outcome, decision = _gate(root, values, force)
    where = to.directory if to.to == "directory" else f"kaggle:{to.competition}"
    # The file's md5 only where it still says what was used.
    settings = {"md5": run_record.md5_of(root / "params.yaml") if values == in_file else "", "values": values}
    given = make_receipt(root, md5, len(images), settings, where, outcome, decision, began)
    if outcome != "refused":
        given = _sent(root, to, given)
    path = register / given.file_name
    receipt.write(path, given)  # before any waiting for a score: it has gone
    told = _told(root, _answered(path, to))
    return Completed(name="Refused", message=told["line"], data=told) if outcome == "refused" else Completed(data=told)


def _may_pass_now(given: Receipt, values: dict[str, Any], force: str) -> bool:
    """Whether what was refused is asked about again: by force, or at a gate that was set anew since."""
    return given.outcome == "refused" and (
        bool(force) or renamed.parameters("gate", given.params["values"].get("gate") or {}) != values["gate"]
    )


def _sent(root: Path, to: PublishParams, given: Receipt) -> Receipt:
    """Carry the submission where it goes; gives the receipt with what came back at once."""
    if to.to == "directory":
        return directory.publish(root / to.directory, root / SUBMISSION, given)
    if not to.competition:
        remedy = "Set it to the competition's name in its address."
        raise BadParameter(Problem("publish.to: kaggle needs publish.competition", remedy, where="publish.competition"))
    message = f"longtail {given.code['commit'][:7]} {given.flow_run['name']}".strip()
    return replace(given, answer=kaggle.submit(root / SUBMISSION, given.md5, to.competition, message))


def _answered(path: Path, to: PublishParams) -> Path:
    """The receipt, with Kaggle's score written into it where one was still to come."""
    given = receipt.read(path)
    if given.answer.get("status") == kaggle.PENDING:
        competition = given.to.removeprefix("kaggle:")
        answer = kaggle.look(given.md5, competition, to.score_timeout_s, _SECONDS_BETWEEN_LOOKS)
        receipt.write(path, replace(given, answer=answer))
    return path


def _gate(root: Path, values: dict[str, Any], force: str) -> tuple[receipt.Outcome, dict[str, Any]]:
    """What becomes of this run's submission, and what the gate found. Raises LongtailError, unless forced."""
    try:
        decision = asdict(gate.decide(root, gate.GateParams(**values["gate"])))
    except LongtailError as error:
        if not force:
            raise
        decision = {"passes": False, "why": str(error)}
    if decision["passes"]:
        return "published", decision
    return ("forced", decision | {"forced_because": force}) if force else ("refused", decision)


def make_receipt(
    root: Path,
    md5: str,
    rows: int,
    settings: dict[str, Any],
    to: str,
    outcome: receipt.Outcome,
    decision: dict[str, Any],
    began: records.Began | None = None,
) -> Receipt:
    """The receipt of a submission that was just made: of what its stages used, whatever lies under `root` by now."""
    hashes = store.locked(root)
    return Receipt(
        submission={"md5": md5, "rows": rows, "bytes": (root / SUBMISSION).stat().st_size},
        raw={"path": dvc.RAW, "md5": hashes.get(dvc.RAW, "")},
        model={path: hashes.get(path, "") for path in MODEL},
        artifacts={path: value for path, value in hashes.items() if path != dvc.RAW},
        code=records.code_used(root, began),
        params=settings | {"values": _shown(settings["values"])},
        metrics=json.loads((root / METRICS).read_text(encoding="utf-8")),
        flow_run={"id": str(flow_run.get_id() or ""), "name": flow_run.get_name() or ""},
        versions=run_record.versions(),
        published=datetime.now(UTC).isoformat(timespec="seconds"),
        to=to,
        by=run_record.who(root),
        edits=records.edits_used(root),
        outcome=outcome,
        decision=decision,
    )


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The effective parameters as a receipt tells them. A stage's stay as dvc.lock has them, word for word."""
    own = {"data", "compute", *stages.names()}
    return {name: section if name in own else of_values(section) for name, section in values.items()}


def effective_params(root: Path, schemas: Mapping[str, type[Section]]) -> dict[str, Any]:
    """{section: {key: value}} of the whole of params.yaml, defaults included."""
    raw = params.read(root / "params.yaml")
    return {
        name: params.load(schema, name, raw).model_dump(mode="json", exclude=set(params.shared_sections(schema)))
        for name, schema in {**params.SHARED, **schemas}.items()
    }


def _told(root: Path, path: Path) -> dict[str, str]:
    given = receipt.read(path)
    name = path.relative_to(root).as_posix()
    line = f"{given.to}/{Path(SUBMISSION).name} of {given.published}, receipt {name}"
    if given.outcome == "refused":
        line = f"not published: {given.decision['why']}; receipt {name}"
    elif given.answer:
        said = f" ({given.answer['said']})" if given.answer.get("said") else ""
        line += f", {given.answer['status']}{said}, public score {given.answer['public_score']}"
    if given.outcome == "forced":
        line += f", forced: {given.decision['forced_because']}"
    return {"line": line, "receipt": name, "md5": given.md5, "outcome": given.outcome}

"""A receipt says which bytes were published, and what they were made from. `receipts/` in git is the only register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from longtail import atomic
from longtail.errors import BadInput, Problem

REGISTER = Path("receipts")
Outcome = Literal["published", "forced", "refused"]
_WHERE_ANY = ("network", "network_choice", "start")
"""Fields that are left out where they are empty."""


@dataclass(frozen=True)
class Receipt:
    """Everything needed to say, a year later, where a submission came from."""

    submission: dict[str, Any]
    """`md5`, `rows`, `bytes` of submission.csv."""
    raw: dict[str, Any]
    """`md5` of data/raw, as data/raw.dvc names it."""
    model: dict[str, str]
    """{path: md5} of the network that was scored and of the identifier that made the submission; of networks beside the
    first one, and of the network of all folds, too, where these answered."""
    artifacts: dict[str, str]
    """{path: md5} of every output of the graph, as dvc.lock names them, and of what the training started from."""
    code: dict[str, Any]
    """`commit`, and whether the code (`dirty`) differed from it."""
    params: dict[str, Any]
    """`md5` of params.yaml, and the effective `values`, defaults included."""
    metrics: dict[str, Any]
    flow_run: dict[str, str]
    """`id` and `name` of the Prefect run."""
    versions: dict[str, str]
    published: str
    """When, in UTC (ISO 8601)."""
    to: str
    by: str = ""
    """Who started the run."""
    edits: str = ""
    """md5 of edits.csv."""
    outcome: Outcome = "published"
    """`refused`: the gate held it back, nothing was published. `forced`: it would have."""
    decision: dict[str, Any] = field(default_factory=dict)
    """What the gate found (`publishing.gate.Decision`)."""
    weights: dict[str, str] = field(default_factory=dict)
    """What the network began with, as model.json says it: `backbone`, `weights_note`, `weights_licence`, `revision`,
    `weights_md5`, where there are such; `warning` where that licence forbids commercial use."""
    answer: dict[str, Any] = field(default_factory=dict)
    """What came back from where it went: Kaggle's `ref`, `status`, `public_score`."""
    start: dict[str, Any] = field(default_factory=dict)
    """What the training began with: `start` (`scratch` or `ancestor`) and `why`; with an ancestor its `receipt`,
    `warm_runs` (trainings since the one from scratch) and how many photographs were `new`, `changed`, `relabelled` and
    `replayed`. Empty in receipts of versions that always began from scratch."""
    network: dict[str, Any] = field(default_factory=dict)
    """Where the network that answered is not the scored one (`train.fold: all`): `fold`, `score` (None), and `note`,
    which says that it has no score of its own."""
    network_choice: dict[str, Any] = field(default_factory=dict)
    """With a pretrained network beside the trained one (`train.pretrained_beside`): which of them answered (`used`:
    `trained`, `pretrained` or `both`), of which `backbone`, and `why`."""

    @property
    def md5(self) -> str:
        """The submission's md5: what the register is searched by."""
        return str(self.submission["md5"])

    @property
    def file_name(self) -> str:
        """Sorted by name is sorted by time; hash and run keep two of a second apart, also those of two clones."""
        when = datetime.fromisoformat(self.published)
        run = f"-{self.flow_run['id'][-4:]}" if self.flow_run.get("id") else ""
        return f"{when:%Y%m%dT%H%M%SZ}-{self.md5[:8]}{run}.json"


def write(target: Path, receipt: Receipt) -> None:
    """Write a receipt as JSON.

    Args:
        target: the file.
        receipt: its content.
    """
    # Not asdict(): the values are plain already, and a copy of them would only cost.
    written = {name: value for name, value in vars(receipt).items() if name not in _WHERE_ANY or value}
    atomic.write_json(target, written)


def read(path: Path) -> Receipt:
    """A receipt from its file.

    Returns:
        The receipt.

    Raises:
        BadInput: the file is not one.
    """
    try:
        return Receipt(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        remedy = "Take it back from git: git checkout -- receipts"
        raise BadInput(Problem(f"not a receipt: {error}", remedy, where=str(path))) from error


def read_register(register: Path) -> dict[str, Receipt]:
    """{file name: receipt}, the oldest first. Raises BadInput where one of them is no receipt."""
    return {path.name: read(path) for path in sorted(register.glob("*.json"))}


def find(receipts: Mapping[str, Receipt], md5: str) -> str | None:
    """The name of the receipt of these bytes, if they were ever published; else that of their last refusal.

    Args:
        receipts: the register, the oldest first.
        md5: of a submission.

    Returns:
        The name; None where there is neither.
    """
    outcomes = {name: receipt.outcome for name, receipt in receipts.items() if receipt.md5 == md5}
    published = [name for name, outcome in outcomes.items() if outcome != "refused"]
    return next(iter([*published, *reversed(outcomes)]), None)


def champion(receipts: Mapping[str, Receipt]) -> str | None:
    """The name of the receipt of what was published last; `receipts`: the register, the oldest first."""
    published = [name for name, receipt in receipts.items() if receipt.outcome != "refused"]
    return published[-1] if published else None

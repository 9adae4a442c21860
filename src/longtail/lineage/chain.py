"""From a submission back to the photographs: every link with its hash, its parameters, who made it and when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longtail import artifacts
from longtail.lineage.ancestry import receipts_back
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import ANCESTOR, RAW, Store
from longtail.publishing.receipt import Receipt

EDITS = "edits.csv"


@dataclass(frozen=True)
class Ends:
    """What one run of a stage reads and writes, as paths from the project's root."""

    stage: str
    """With its part, as `embed@test`."""
    reads: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """One step of the way back."""

    name: str
    hashes: dict[str, str]
    """{path: md5} of what this step made."""
    params: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    """`commit`, `started`, `seconds`, `by`, `versions`: what the step's record tells; empty where it is not here."""


def chain(checkout: Checkout, receipt: Receipt, stages: Sequence[Ends]) -> list[Link]:
    """The links from the submission to the raw set, each step after all that read from it; commit and flow run last.

    A training that went on from another network has a link for that one, for the one before, and so on to the first.

    Args:
        checkout: the project.
        receipt: what was published.
        stages: what each run of each stage reads and writes.

    Returns:
        The links, the submission first.
    """
    values = receipt.params["values"]
    links = [
        Link(
            name=ends.stage,
            hashes={path: receipt.artifacts[path] for path in ends.writes if path in receipt.artifacts},
            params=dict(values.get(ends.stage.split("@")[0], {})),
            record=_record_of(checkout.store, receipt.artifacts, ends.stage),
        )
        for ends in upstream(artifacts.SUBMISSION, stages)
    ]
    if ANCESTOR.as_posix() in receipt.artifacts:
        links.append(Link("ancestor", {ANCESTOR.as_posix(): receipt.artifacts[ANCESTOR.as_posix()]}))
    links += [_ancestor(checkout, name) for name in receipts_back(checkout.receipts, receipt)]
    links.append(Link("edits", {EDITS: receipt.edits}, {}, {}))
    links.append(Link("raw set", {RAW.as_posix(): receipt.raw["md5"]}, dict(values.get("data", {})), {}))
    links.append(Link("commit", {"commit": receipt.code["commit"]}, {}, {"dirty": receipt.code["dirty"]}))
    return [*links, Link("flow run", {"id": receipt.flow_run["id"]}, {}, {**receipt.flow_run, "by": receipt.by})]


def _ancestor(checkout: Checkout, name: str) -> Link:
    """The network that a training went on from, or one before it; without a hash where its receipt is lost."""
    hashes = checkout.receipts[name].artifacts if name in checkout.receipts else {}
    network = {path: hashes[path] for path in (artifacts.NETWORK, artifacts.HEAD) if path in hashes}
    return Link(f"network of {name}", network, record=_record_of(checkout.store, hashes, "train"))


def upstream(path: str, stages: Sequence[Ends]) -> list[Ends]:
    """The runs of stages that made a path, directly or not; a reader stands before what it reads from.

    Args:
        path: an output, from the project's root.
        stages: every run of a stage, with its two ends.

    Returns:
        The runs, the last one first.
    """
    ordered: list[Ends] = []

    def visit(ends: Ends) -> None:
        if ends in ordered:
            return
        for other in stages:
            if any(_is_of(read, other.writes) for read in ends.reads):
                visit(other)
        ordered.append(ends)

    for ends in stages:
        if _is_of(path, ends.writes):
            visit(ends)
    return ordered[::-1]


def _is_of(path: str, written: Sequence[str]) -> bool:
    return any(path == out or path.startswith(f"{out}/") for out in written)


def _record_of(store: Store, hashes: Mapping[str, str], stage: str) -> dict[str, Any]:
    """What the record of a step tells, as it stood when the receipt was written."""
    stored = store.verified_object(hashes.get(artifacts.record_path(stage), "none"))
    if stored is None:
        return {}
    record = json.loads(stored.read_text(encoding="utf-8"))
    return {key: record.get(key, "") for key in ("commit", "dirty", "started", "seconds", "by", "versions")}

"""Whether the records agree with dvc.lock, and the stages with each other, about what was used.

A record says what its stage used from its start to its end; dvc.lock says what DVC found after the stage had ended. The
two differ where an input changed in the last moment. Two stages differ where a file that both read changed in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from longtail import artifacts, renamed
from longtail.inputs.graph import PARAMS
from longtail.inputs.hashing import folder_md5
from longtail.lineage.chain import EDITS
from longtail.lineage.checkout import Checkout, outputs_of
from longtail.lineage.store import RAW, Store
from longtail.params import SHARED, plain
from longtail.publishing.receipt import Receipt

_SHORT = 12  # letters of a hash that a person compares


class Difference(NamedTuple):
    """Two statements about one input that are not the same."""

    stage: str
    what: str
    """A path, or a key of params.yaml."""
    used: str
    """What the stage used, by its record."""
    other: str
    """Who says otherwise, and what."""

    def __str__(self) -> str:
        return f"{self.what}: {self.stage} used {self.used}, {self.other}"


def with_lock(stage: str, record: Mapping[str, Any], entry: Mapping[str, Any]) -> list[Difference]:
    """Where dvc.lock has another input than the stage's record.

    Args:
        stage: name of the stage, with its part.
        record: its record.
        entry: its entry in dvc.lock.

    Returns:
        A difference an input or parameter.
    """
    differences = []
    for dep in entry.get("deps", []):
        path, md5 = dep["path"], dep.get("md5", "")
        used = record["inputs"].get(path, "")
        if used != md5:
            differences.append(Difference(stage, path, used[:_SHORT] or "nothing", f"dvc.lock has {md5[:_SHORT]}"))
    for key, value in (entry.get("params", {}).get(PARAMS) or {}).items():
        differences += _of_values(stage, key, record["sections"].get(key), plain(value), "dvc.lock has")
    return differences


def with_each_other(checkout: Checkout, entries: Mapping[str, Any], only: str = "") -> list[Difference]:
    """Where a stage used another state of an input than the stage that made it, or an earlier one that read it.

    Args:
        checkout: the project.
        entries: {stage: its entry in dvc.lock}.
        only: the one stage that is held against the others; `""`: each against each.

    Returns:
        A difference an input or parameter.
    """
    known = _Known(checkout.store, entries, checkout.raw)
    differences: list[Difference] = []
    for stage, entry in sorted(entries.items(), key=lambda item: item[0] == only):  # it comes last
        for dep in entry.get("deps", []):
            path, md5 = dep["path"], dep.get("md5", "")
            earlier = known.read.get(path) if only not in ("", stage) else known.of(path)
            if earlier is None:
                known.read[path] = (md5, f"{stage} used")
            elif earlier[0] != md5 and only in ("", stage):
                differences.append(Difference(stage, path, md5[:_SHORT], f"{earlier[1]} {earlier[0][:_SHORT]}"))
        for key, value in (entry.get("params", {}).get(PARAMS) or {}).items():
            section = key.partition(".")[0]
            if section in known.names and section != stage.partition("@")[0]:
                continue  # the report shows the parameters of others, and takes them from their records
            before = known.params.setdefault(key, (stage, plain(value)))
            differences += _of_values(stage, key, plain(value), before[1], f"{before[0]} used")
    return [one for one in differences if only in ("", one.stage)]


def with_receipt(checkout: Checkout, receipt: Receipt) -> tuple[list[Difference], list[str]]:
    """Where a receipt, or dvc.lock as far as it is still of that run, names another input than a stage's record.

    Args:
        checkout: the project.
        receipt: one of its receipts.

    Returns:
        The differences, and the stages whose records are not here, or are of a version that did not write down what was
        used.
    """
    named = {"outs": [{"path": path, "md5": md5} for path, md5 in receipt.artifacts.items()]}
    known = _Known(checkout.store, {"receipt": named}, receipt.raw["md5"])
    differences = []
    stages = [run for path in receipt.artifacts if (run := artifacts.run_of_record(path))]
    records = {stage: checkout.record(stage, receipt.artifacts) for stage in stages}
    usable = {stage: record for stage, record in records.items() if "sections" in record}
    for stage, record in usable.items():
        for path, md5 in record["inputs"].items():
            expected = (receipt.edits, "") if path == EDITS and receipt.edits else known.of(path)
            if expected is not None and expected[0] != md5:
                differences.append(Difference(stage, path, md5[:_SHORT], f"the receipt has {expected[0][:_SHORT]}"))
        own = {name: value for name, value in record["params"].items() if name not in SHARED}
        for name, value in {stage.partition("@")[0]: own, "data": record["params"].get("data")}.items():
            if value is not None and name in receipt.params["values"]:
                used, other = (renamed.parameters(name, one) for one in (value, receipt.params["values"][name]))
                differences += _of_values(stage, name, used, other, "the receipt has")
        entry = checkout.entries.get(stage, {})
        if outputs_of(entry).get(artifacts.record_path(stage)) == receipt.artifacts[artifacts.record_path(stage)]:
            differences += with_lock(stage, record, entry)
    return differences, [stage for stage in stages if stage not in usable]


class _Known:
    """What is said about each path: by its maker, by data/raw.dvc, by who read it first."""

    def __init__(self, store: Store, entries: Mapping[str, Any], raw: str) -> None:
        self.store = store
        self.names = {stage.partition("@")[0] for stage in entries}
        self.outputs = {path: md5 for entry in entries.values() for path, md5 in outputs_of(entry).items()}
        if raw:
            self.outputs[RAW.as_posix()] = raw
        self.read: dict[str, tuple[str, str]] = {}
        self.params: dict[str, tuple[str, Any]] = {}
        self.listings: dict[str, dict[str, str] | None] = {}

    def of(self, path: str) -> tuple[str, str] | None:
        """(md5, who says so); None where nobody does."""
        top = next((one for one in (path, *map(str, Path(path).parents)) if one in self.outputs), None)
        if top is None:
            return self.read.get(path)
        md5 = self.outputs[top]
        if top != path:
            if md5 not in self.listings:
                self.listings[md5] = self.store.listing(md5)
            listed = self.listings[md5]
            if listed is None:
                return self.read.get(path)
            inside = path.removeprefix(f"{top}/")
            below = {
                name.removeprefix(f"{inside}/"): one for name, one in listed.items() if name.startswith(f"{inside}/")
            }
            md5 = listed.get(inside) or folder_md5(below)
        return md5, f"{top} has" if top == RAW.as_posix() else f"what was made as {top} is"


def _of_values(stage: str, name: str, used: Any, other: Any, who: str) -> list[Difference]:
    """A difference for each parameter, where both are sections; else one."""
    if isinstance(used, Mapping) and isinstance(other, Mapping):
        keys = sorted({*used, *other})
        return [one for key in keys for one in _of_values(stage, f"{name}.{key}", used.get(key), other.get(key), who)]
    return [] if used == other else [Difference(stage, name, repr(used), f"{who} {other!r}")]

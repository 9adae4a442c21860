"""A project as one reading found it: lock, store, receipts, records, parameters, each read once and handed down."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from longtail import artifacts, params
from longtail.inputs.graph import names
from longtail.lineage import store, tombstones
from longtail.lineage.store import Store
from longtail.lineage.tombstones import Tombstone
from longtail.params import DataParams
from longtail.publishing import receipt
from longtail.publishing.receipt import Receipt
from longtail.run_record import md5_of


@dataclass(frozen=True)
class Checkout:
    """The project at `root`. Make a new one where a stage, a purge or a publication has changed it since."""

    root: Path

    @cached_property
    def store(self) -> Store:
        """DVC's store."""
        return Store.of(self.root)

    @cached_property
    def entries(self) -> dict[str, Any]:
        """{stage: its entry} of dvc.lock."""
        return store.lock_entries(self.root)

    @cached_property
    def stages(self) -> dict[str, Any]:
        """{stage: its entry in dvc.lock} of the stages that dvc.yaml has today; the lock never forgets one."""
        today = names(self.root)
        return {name: entry for name, entry in self.entries.items() if name in today or not today}

    @cached_property
    def locked(self) -> dict[str, str]:
        """{path: md5} of what lies, or should lie, in this checkout: dvc.lock's outputs, raw set and ancestor."""
        return store.hashes_of(self.root, self.entries)

    @cached_property
    def raw(self) -> str:
        """The md5 of the raw set that data/raw.dvc names; `""` where it is not versioned."""
        return self.locked.get(store.RAW.as_posix(), "")

    @cached_property
    def receipts(self) -> dict[str, Receipt]:
        """{file name: receipt} of the register, the oldest first."""
        return receipt.read_register(self.root / receipt.REGISTER)

    @cached_property
    def data(self) -> DataParams:
        """`data:` of params.yaml; its defaults where there is no such file."""
        path = self.root / "params.yaml"
        return params.load(DataParams, "data", params.read(path)) if path.exists() else DataParams()

    @cached_property
    def tombstones(self) -> tuple[Tombstone, ...]:
        """What was removed on request."""
        return tuple(tombstones.read(self.root))

    @cached_property
    def buried(self) -> set[str]:
        """The md5 of every file that was removed on request."""
        return {md5 for stone in self.tombstones for md5 in stone.md5.split()}

    @cached_property
    def records(self) -> dict[str, dict[str, Any]]:
        """{stage: its record} of every record that is here and says what was used; those of older versions do not."""
        records = {stage: self.record(stage, outputs_of(entry)) for stage, entry in self.stages.items()}
        return {stage: record for stage, record in records.items() if "sections" in record}

    def record(self, stage: str, hashes: dict[str, str]) -> dict[str, Any]:
        """The record of a stage, from the store or else from the tree; {} where it is in neither.

        Args:
            stage: its name, with its part.
            hashes: {path: md5}, its record among them.

        Returns:
            What the stage wrote down.
        """
        path = artifacts.record_path(stage)
        md5 = hashes.get(path, "none")
        stored = self.store.verified_object(md5)
        if stored is None and (self.root / path).is_file() and md5_of(self.root / path) == md5:
            stored = self.root / path
        return dict(json.loads(stored.read_text(encoding="utf-8"))) if stored else {}


def outputs_of(entry: dict[str, Any]) -> dict[str, str]:
    """{path: md5} of the outputs of an entry of dvc.lock."""
    return {out["path"]: out.get("md5", "") for out in entry.get("outs", [])}

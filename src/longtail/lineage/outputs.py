"""Every run of a stage that this checkout still knows: out of dvc.lock and of DVC's run cache, read without DVC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from longtail.lineage.checkout import Checkout
from longtail.lineage.store import Store


@dataclass(frozen=True)
class StageRun:
    """What one run of a stage read and made: {path: md5} each."""

    deps: Mapping[str, str] = field(default_factory=dict)
    outs: Mapping[str, str] = field(default_factory=dict)


def locked(checkout: Checkout) -> dict[str, StageRun]:
    """{stage: its last run that ended well}, as dvc.lock has it."""
    return {name: _run(entry) for name, entry in checkout.entries.items()}


def cached(store: Store) -> list[StageRun]:
    """The runs that DVC's run cache remembers; one that cannot be read is left out."""
    runs = []
    for path in sorted((store.cache.resolve() / "runs").glob("*/*/*")):
        try:
            runs.append(_run(YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8")) or {}))
        except (OSError, ValueError, YAMLError, TypeError, AttributeError, KeyError):
            continue
    return runs


def every(checkout: Checkout) -> list[Mapping[str, str]]:
    """{path: md5} of the outputs of each run that is known: by the lock, the run cache and the receipts.

    Where the cache lies outside of the project, its run cache may be shared with others, and is left out.

    Returns:
        A mapping for each run.
    """
    runs = [*locked(checkout).values(), *(() if checkout.store.is_shared else cached(checkout.store))]
    return [*(run.outs for run in runs), *(receipt.artifacts for receipt in checkout.receipts.values())]


def _run(entry: Mapping[str, Any]) -> StageRun:
    deps, outs = (
        {str(one["path"]): str(one["md5"]) for one in entry.get(kind) or [] if "md5" in one}
        for kind in ("deps", "outs")
    )
    return StageRun(deps, outs)

"""Every run of a stage that this checkout still knows: out of dvc.lock and of DVC's run cache, read without DVC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from longtail.lineage import store


@dataclass(frozen=True)
class StageRun:
    """What one run of a stage read and made: {path: md5} each."""

    deps: Mapping[str, str] = field(default_factory=dict)
    outs: Mapping[str, str] = field(default_factory=dict)


def locked(root: Path) -> dict[str, StageRun]:
    """{stage: its last run that ended well}, as dvc.lock has it."""
    return {name: _run(entry) for name, entry in store.lock_entries(root).items()}


def cached(root: Path) -> list[StageRun]:
    """The runs that DVC's run cache remembers; one that cannot be read is left out."""
    found = []
    for path in sorted((store.cache(root).resolve() / "runs").glob("*/*/*")):
        try:
            found.append(_run(YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8")) or {}))
        except (OSError, ValueError, YAMLError, TypeError, AttributeError, KeyError):
            continue
    return found


def every(root: Path, published: Iterable[Mapping[str, str]] = ()) -> list[Mapping[str, str]]:
    """{path: md5} of the outputs of each run that is known; `published` are those of receipts.

    Where the cache lies outside of the project, its run cache may be shared with others, and is left out.
    """
    is_ours = store.cache(root).resolve().is_relative_to(root.resolve())
    runs = [*locked(root).values(), *(cached(root) if is_ours else ())]
    return [*(run.outs for run in runs), *published]


def _run(entry: Mapping[str, Any]) -> StageRun:
    deps, outs = (
        {str(one["path"]): str(one["md5"]) for one in entry.get(kind) or [] if "md5" in one}
        for kind in ("deps", "outs")
    )
    return StageRun(deps, outs)

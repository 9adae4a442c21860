"""Which stages are not up to date; missing files are restored on the way, no more than a run needs.

Missing files come from the cache. What the cache lacks too comes from the default remote, but only what a stage that
may run depends on, and what people use after a run: a team has many photographs, and a clone that changes a parameter
of the training needs none of them. A missing file alone makes no stage stale, because dvc.lock has its md5. What
neither cache nor remote has is made again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from flows import dvc, dvc_graph
from longtail.artifacts import DATA_DOCS, IDENTIFIER, stage_folder
from longtail.errors import LongtailError, StageFailed
from longtail.lineage import store
from longtail.lineage.store import Store

_USED_AFTERWARDS = re.compile(
    rf"\.(csv|json|parquet|html|md)$|^({DATA_DOCS}|{IDENTIFIER}|{stage_folder('train')}/(model|head))"
)
"""Tables, report, network: what `identify`, `review` and `lineage` read; images and embeddings are not."""
_NO_EARLIER_RESULT = "running (no earlier result)"
Status = Mapping[str, list[Any]]
Reasons = dict[str, tuple[str, ...]]
"""The stages that are not up to date, each with its reasons in words."""


class Changes(NamedTuple):
    """What has to run, and the graph that it was read from."""

    reasons: Reasons
    order: Mapping[str, tuple[str, ...]]
    """Every stage with the stages it reads from, in the order they must run."""


def changed(root: Path) -> Changes:
    """The stages that are not up to date, each with its reasons in words.

    Outputs that are missing or were edited since are first brought back as dvc.lock names them. Never ask while a stage
    runs.

    Returns:
        What has to run.
    """
    known = store.lock_entries(root)
    state = dvc_graph.project_state(root)
    if lost := _with_changed_outputs(state.status, known):
        with suppress(StageFailed):  # it asks the remote for lists of files, and fails where that cannot even be tried
            dvc.call(root, "checkout", targets=lost, force=True, allow_missing=True)
        state = dvc_graph.project_state(root)
    objects = Store.of(root)
    if not objects.default_remote:
        return Changes(_stale(state.status, known, lambda stage, path: False), state.order)
    return Changes(_restore_needed(objects, state, known), state.order)


def _restore_needed(objects: Store, state: dvc_graph.ProjectState, known: Mapping[str, Any]) -> Reasons:
    """Restore what is needed; what neither cache nor remote has stays missing, and is made again."""
    root, status, files = objects.root, state.status, state.files
    # of today's graph: dvc.lock keeps entries of stages and outputs that are gone
    known_outputs = {dvc.RAW, dvc.ANCESTOR}.union(*(of_stage.outs for of_stage in files.values()))
    versioned = {path: md5 for path, md5 in store.locked(root).items() if path in known_outputs}
    brought: set[str] = set()
    listings: dict[str, dict[str, str] | None] = {}

    def is_only_missing(stage: str, path: str) -> bool:
        """Whether the file is not here, and would be what it was when this stage ran."""
        container = _containing(path, versioned)
        if container is None or container in brought or (root / path).exists():
            return False
        entries = [entry for kind in ("deps", "outs") for entry in known[stage].get(kind, [])]
        was = next((entry.get("md5") for entry in entries if entry["path"] == path), None)
        return was is not None and was == _md5_in(objects, path, container, versioned[container], listings)

    while True:
        stale = _stale(status, known, is_only_missing)
        may_run = _with_downstream(set(stale), files)
        outputs = {path for stage in may_run for path in files[stage].outs}
        lost = {path for path in versioned if not (root / path).exists()}
        changed_stages = _with_changed_outputs(status, known)
        lost |= {path for stage in changed_stages for path in files[stage].outs if path in versioned}
        read = {_containing(path, versioned) for stage in may_run for path in files[stage].deps}
        needed = {path for path in lost if path in read or _USED_AFTERWARDS.search(path)} - outputs - brought
        if not needed:
            return stale
        if dvc.RAW in needed:
            dvc.restore(root, dvc.RAW)
        if dvc.ANCESTOR in needed:
            with suppress(LongtailError):  # it may be chosen anew before a stage reads it (`warm_start`)
                dvc.restore(root, dvc.ANCESTOR)
        if lost_outputs := sorted(needed - {dvc.RAW, dvc.ANCESTOR}):
            with suppress(StageFailed):  # what the remote lacks too can be made again
                dvc.call(root, "pull", targets=lost_outputs, force=True, allow_missing=True)
        brought |= needed
        status = dvc_graph.project_state(root).status


def _stale(status: Status, known: Collection[str], is_only_missing: Callable[[str, str], bool]) -> Reasons:
    reasons = {
        name: tuple(_reasons(entries, partial(is_only_missing, name))) if name in known else (_NO_EARLIER_RESULT,)
        for name, entries in status.items()
    }
    return {name: why for name, why in reasons.items() if why}


def _reasons(entries: list[Any], is_only_missing: Callable[[str], bool]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        for path, how in [*entry.get("changed deps", {}).items(), *entry.get("changed outs", {}).items()]:
            if isinstance(how, dict):  # parameters: {section: modified}
                yield from (f"parameters of '{section}' {state}" for section, state in how.items())
            elif not is_only_missing(path):
                yield f"{path} {how}"


def _with_changed_outputs(status: Status, known: Collection[str]) -> list[str]:
    return [name for name, entries in status.items() if name in known and any("changed outs" in e for e in entries)]


def _with_downstream(stages: set[str], files: Mapping[str, dvc_graph.StageFiles]) -> set[str]:
    """These stages and all stages downstream of them."""
    following = set(stages)
    for stage, of_stage in files.items():  # in the order they run
        outputs = {path for other in following for path in files[other].outs}
        if any(_containing(path, outputs) for path in of_stage.deps):
            following.add(stage)
    return following


def _containing(path: str, versioned: Collection[str]) -> str | None:
    """Of these paths the one that is `path`, or a folder around it."""
    return next((one for one in (path, *map(str, Path(path).parents)) if one in versioned), None)


def _md5_in(
    objects: Store, path: str, container: str, md5: str, listings: dict[str, dict[str, str] | None]
) -> str | None:
    """The md5 that `path` would have in `container`, if that were here; None where the list of its files is nowhere."""
    if path == container:
        return md5
    if md5 not in listings:
        listings[md5] = _listing(objects, md5)
    files = listings[md5]
    if files is None:
        return None
    inside = path.removeprefix(f"{container}/")
    below = {name.removeprefix(f"{inside}/"): one for name, one in files.items() if name.startswith(f"{inside}/")}
    return files.get(inside) or store.folder_md5(below)


def _listing(objects: Store, md5: str) -> dict[str, str] | None:
    """{file: md5} of a folder; its list, not its files, is brought into the cache for that."""
    if objects.listing(md5) is None:
        with suppress(Exception):  # without it the folder itself is brought, or the reason why it cannot be is told
            dvc.fetch(objects.root, md5)
    return objects.listing(md5)

"""Which stages are not up to date; and what a checkout that lacks files is brought for that, no more than it needs.

What is missing comes from the cache. What the cache lacks too comes from the default remote, but only what a stage
reads that may run, and what people use after a run: a team's photographs are many, and a clone that changes a parameter
of the training needs none of them. That a file is not here makes no stage stale, since dvc.lock knows what it was; what
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
_FIRST = "running (no earlier result)"
Status = Mapping[str, list[Any]]
Reasons = dict[str, tuple[str, ...]]
"""The stages that are not up to date, each with its reasons in words."""


class Changes(NamedTuple):
    """What has to run, and the graph that this was found in."""

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
    seen = dvc_graph.look(root)
    if lost := _lost(seen.status, known):
        with suppress(StageFailed):  # it asks the remote for lists of files, and fails where that cannot even be tried
            dvc.call(root, "checkout", targets=lost, force=True, allow_missing=True)
        seen = dvc_graph.look(root)
    objects = Store.of(root)
    if not objects.default_remote:
        return Changes(_stale(seen.status, known, lambda stage, path: False), seen.order)
    return Changes(_with_what_it_needs(objects, seen, known), seen.order)


def _with_what_it_needs(objects: Store, seen: dvc_graph.Look, known: Mapping[str, Any]) -> Reasons:
    """Bring what is needed until nothing is, or until what is needed is nowhere: that is made again."""
    root, status, files = objects.root, seen.status, seen.files
    makes = {dvc.RAW, dvc.ANCESTOR}.union(
        *(its.makes for its in files.values())
    )  # the lock never forgets what was once made
    tops = {path: md5 for path, md5 in store.locked(root).items() if path in makes}
    brought: set[str] = set()
    listings: dict[str, dict[str, str] | None] = {}

    def is_but_missing(stage: str, path: str) -> bool:
        """Whether the file is not here, and would be what it was when this stage ran."""
        top = _top(path, tops)
        if top is None or top in brought or (root / path).exists():
            return False
        entries = [entry for kind in ("deps", "outs") for entry in known[stage].get(kind, [])]
        was = next((entry.get("md5") for entry in entries if entry["path"] == path), None)
        return was is not None and was == _md5_in(objects, path, top, tops[top], listings)

    while True:
        stale = _stale(status, known, is_but_missing)
        may_run = _after(set(stale), files)
        outputs = {path for stage in may_run for path in files[stage].makes}
        lost = {path for path in tops if not (root / path).exists()}
        lost |= {path for stage in _lost(status, known) for path in files[stage].makes if path in tops}
        read = {_top(path, tops) for stage in may_run for path in files[stage].reads}
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
        status = dvc_graph.look(root).status


def _stale(status: Status, known: Collection[str], is_but_missing: Callable[[str, str], bool]) -> Reasons:
    reasons = {
        name: tuple(_reasons(entries, partial(is_but_missing, name))) if name in known else (_FIRST,)
        for name, entries in status.items()
    }
    return {name: why for name, why in reasons.items() if why}


def _reasons(entries: list[Any], is_but_missing: Callable[[str], bool]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        for path, how in [*entry.get("changed deps", {}).items(), *entry.get("changed outs", {}).items()]:
            if isinstance(how, dict):  # parameters: {section: modified}
                yield from (f"parameters of '{section}' {state}" for section, state in how.items())
            elif not is_but_missing(path):
                yield f"{path} {how}"


def _lost(status: Status, known: Collection[str]) -> list[str]:
    return [name for name, entries in status.items() if name in known and any("changed outs" in e for e in entries)]


def _after(stages: set[str], files: Mapping[str, dvc_graph.Files]) -> set[str]:
    """These stages and all that read what they make, or what those make."""
    following = set(stages)
    for stage, its in files.items():  # in the order they run
        outputs = {path for other in following for path in files[other].makes}
        if any(_top(path, outputs) for path in its.reads):
            following.add(stage)
    return following


def _top(path: str, tops: Collection[str]) -> str | None:
    """Of these paths the one that is `path`, or a folder around it."""
    return next((top for top in (path, *(str(one) for one in Path(path).parents)) if top in tops), None)


def _md5_in(objects: Store, path: str, top: str, md5: str, listings: dict[str, dict[str, str] | None]) -> str | None:
    """The md5 that `path` would have in `top`, if that were here; None where the list of its files is nowhere."""
    if path == top:
        return md5
    if md5 not in listings:
        listings[md5] = _listing(objects, md5)
    files = listings[md5]
    if files is None:
        return None
    inside = path.removeprefix(f"{top}/")
    below = {name.removeprefix(f"{inside}/"): one for name, one in files.items() if name.startswith(f"{inside}/")}
    return files.get(inside) or store.folder_md5(below)


def _listing(objects: Store, md5: str) -> dict[str, str] | None:
    """{file: md5} of a folder; its list, not its files, is brought into the cache for that."""
    if objects.listing(md5) is None:
        with suppress(Exception):  # without it the folder itself is brought, or the reason why it cannot be is told
            dvc.fetch(objects.root, md5)
    return objects.listing(md5)

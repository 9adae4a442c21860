"""The last finished run, out of DVC's cache: what its verbs read stays at hand while a stage has taken it away.

`dvc.lock` names what each stage read and made when it last ended well. In the middle of a run some of its entries are
newer than others; the run cache then knows the earlier ones. Nothing is written into the working tree, which is DVC's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from longtail import artifacts
from longtail.errors import BadInput, Problem, format_examples
from longtail.lineage import outputs
from longtail.lineage.checkout import Checkout
from longtail.lineage.outputs import StageRun
from longtail.lineage.store import FOLDER, Store
from longtail.run_record import md5_of

WHY = f"{artifacts.FOLDER}/ is not as a finished run leaves it (a stage is at work, was stopped, or ran by hand);"
_REMEDY = "`dvc pull` brings it where a remote has it; `make run` makes it anew."


@dataclass(frozen=True)
class Finished:
    """One finished run."""

    stage: str
    """The last of its stages that was asked for."""
    files: Mapping[str, str]
    """{path: md5} of everything that this stage read and made, and of what that was made of."""
    description: str
    """Which run it is, in words."""


def run_of(checkout: Checkout, stage: str) -> Finished | None:
    """The last run in which a stage ended well.

    Args:
        checkout: the project.
        stage: name of the stage.

    Returns:
        The run; None where there is none yet.
    """
    locked = outputs.locked(checkout)
    if stage not in locked or not locked[stage].outs:
        return None
    files = _made_of(checkout.store, locked[stage], locked)
    return Finished(stage, files, _described(checkout.store, stage, files))


def networks_beside(run: Finished) -> list[str]:
    """The folder of the networks beside the first one, where the run has such a folder: earlier versions had none."""
    return [path for path in (artifacts.NETWORKS_BESIDE,) if path in run.files]


def lay_out(checkout: Checkout, run: Finished, paths: Iterable[str], into: Path) -> None:
    """Lay out files and folders of a run, as links to DVC's cache.

    Args:
        checkout: the project.
        run: one of its finished runs.
        paths: what is laid out, from the project's root.
        into: the folder that takes the place of the project's root.

    Raises:
        BadInput: what neither the cache nor the working tree has, all of it at once.
    """
    lacking = []
    for path in paths:
        md5 = run.files.get(path)
        if md5 is None:
            lacking.append(path)
            continue
        members = checkout.store.listing(md5) if md5.endswith(FOLDER) else {"": md5}
        for name, content in (members or {path: ""}).items():
            inside = f"{path}/{name}" if name else path
            source = _source(checkout, inside, content, is_of_folder=bool(name))
            if source is None:
                lacking.append(inside)
            else:
                (into / inside).parent.mkdir(parents=True, exist_ok=True)
                (into / inside).symlink_to(source)
    if lacking:
        where = f"{artifacts.FOLDER}/"
        what = f"file of the last finished run that is neither in {where} nor in DVC's cache ({run.description})"
        raise BadInput(Problem(what, _REMEDY, count=len(lacking), example=format_examples(lacking)))


def _made_of(store: Store, last: StageRun, locked: Mapping[str, StageRun]) -> dict[str, str]:
    """All that `last` read and made, and what that was made of, back to the first stage: never two md5 of one path."""
    files = {**last.deps, **last.outs}
    open_ends = [path for path in last.deps if artifacts.is_output(path)]
    remembered: list[StageRun] | None = None
    done: set[str] = set(last.outs)
    while open_ends:
        path = open_ends.pop()
        if path in done:
            continue
        done.add(path)
        maker = _maker(path, files, locked.values())
        if maker is None:
            remembered = outputs.cached(store) if remembered is None else remembered
            maker = _maker(path, files, remembered)
        if maker is None:
            continue
        done |= set(maker.outs)
        open_ends += [other for other in maker.deps if artifacts.is_output(other)]
        files = {**maker.deps, **maker.outs, **files}
    return files


def _maker(path: str, files: Mapping[str, str], runs: Iterable[StageRun]) -> StageRun | None:
    """The run of a stage that made `path` as it is in `files`, and contradicts nothing else there."""
    return next((run for run in _that_made(path, files[path], runs) if _agrees(run, files)), None)


def _that_made(path: str, md5: str, runs: Iterable[StageRun]) -> Iterator[StageRun]:
    return (run for run in runs if run.outs.get(path) == md5)


def _agrees(run: StageRun, files: Mapping[str, str]) -> bool:
    made_and_read = {**run.deps, **run.outs}
    ours = {path: md5 for path, md5 in made_and_read.items() if artifacts.is_output(path) or path.startswith("data/")}
    return all(files.get(path, md5) == md5 for path, md5 in ours.items())


def _source(checkout: Checkout, path: str, md5: str, *, is_of_folder: bool) -> Path | None:
    """The stored object, else the working file where it is the same; photographs of a folder are not hashed again."""
    store = checkout.store
    stored = store.object_path(md5) if is_of_folder else store.verified_object(md5)
    if stored is not None and stored.is_file():
        return stored
    here = checkout.root / path
    return here.resolve() if here.is_file() and md5_of(here) == md5 else None


def _described(store: Store, stage: str, files: Mapping[str, str]) -> str:
    stored = store.verified_object(files.get(artifacts.record_path(stage), "none"))
    if stored is None:
        return f"the run whose `{stage}` dvc.lock names"
    record = json.loads(stored.read_text(encoding="utf-8"))
    commit = f", commit {record['commit'][:10]}" if record.get("commit") else ""
    return f"the run of {record['started']}{commit}"

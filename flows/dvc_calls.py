"""The calls of DVC's Python API that the flow makes, each in a process of its own (`dvc_forkserver.py` forks it).

The result of a call goes back as JSON: the verdict, the value, or the kind of the failure, taken from what DVC returns
and raises. Its messages are written for people; nothing here depends on how they are worded.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dvc.stage.run
import networkx
from dvc.output import Output
from dvc.repo import Repo
from dvc.repo.open_repo import clean_repos
from dvc.stage.cache import RunCacheNotFoundError, RunCacheNotSupported, StageCache
from dvc_data.hashfile.hash_info import HashInfo

from flows.dvc_failures import CommandFailed, LoggedErrors, describe
from longtail import imports


class RunCache(StageCache):  # type: ignore[misc]
    """DVC's run cache, which notes whether the stage was restored from it or has to run.

    The remote's run cache is not copied anew for each stage, as `--pull` does: a year of runs leaves some 1,000
    entries, which are 1,000 requests. The flow takes what is new of them once (`pull_run_cache`).
    """

    restored = False
    missed = False

    def restore(self, *arguments: Any, **options: Any) -> None:
        """Restore as DVC does, and note whether the run cache had the stage.

        Args:
            arguments: DVC's.
            options: DVC's.

        Raises:
            RunCacheNotFoundError: no earlier run had these inputs.
        """
        try:
            super().restore(*arguments, **options)
        except RunCacheNotFoundError:
            self.missed = True
            raise
        self.restored = True

    def pull(self, *_arguments: Any, **_options: Any) -> list[tuple[str, str]]:
        """Transfer nothing: see `RunCache`."""
        return []


class RecordingRepo(Repo):  # type: ignore[misc]
    """A repository that notes what it did to bring a stage up to date."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.stage_cache = RunCache(self)
        self.pulled = False

    def pull(self, *arguments: Any, **options: Any) -> Any:
        """Pull as DVC does, and note it: DVC pulls too while it brings a stage up to date.

        Args:
            arguments: DVC's.
            options: DVC's.

        Returns:
            What DVC returns.
        """
        result = super().pull(*arguments, **options)
        self.pulled = True
        return result


def reproduce(repo: RecordingRepo, stage: str, pull: bool) -> str:
    """Bring one stage up to date.

    Args:
        repo: the project's.
        stage: the stage's name, with its part.
        pull: take what the remote has of it.

    Returns:
        `ran`, `restored` (from the run cache or the remote) or `unchanged`.
    """
    done = repo.reproduce(stage, single_item=True, pull=pull)
    if done:
        return "restored" if repo.stage_cache.restored else "ran"
    return "restored" if repo.pulled else "unchanged"


def push(repo: RecordingRepo) -> int:
    """Send objects and run cache to the default remote; how many files that were.

    Nothing where no object is new there: DVC sends the whole run cache each time, and counts it as new.

    Returns:
        Their number.
    """
    return int(repo.push(run_cache=True)) if "new" in repo.status(cloud=True).values() else 0


def project_state(repo: RecordingRepo) -> dict[str, Any]:
    """What has changed since the last run of each stage, and the graph; `.dvc` files are left out.

    Each path is hashed once, however many stages depend on it: DVC alone would hash a folder again for each of them.

    Returns:
        `status`: {stage: what has changed}; `graph`: as from `graph`.
    """
    with imports.uncollected(), hash_each_path_once():
        changes = repo.status()
    status = {name: entries for name, entries in changes.items() if not name.endswith(".dvc")}
    return {"status": status, "graph": graph(repo)}


@contextmanager
def hash_each_path_once() -> Iterator[None]:
    """Within the block, DVC hashes each path once and reuses the result."""
    hash_of, known = Output.get_hash, dict[Any, HashInfo]()

    def get_hash(output: Output) -> HashInfo:
        key = output.fs.protocol, output.fs_path, output.hash_name
        if key not in known:
            known[key] = hash_of(output)
        return known[key]

    Output.get_hash = get_hash
    try:
        yield
    finally:
        Output.get_hash = hash_of


def graph(repo: RecordingRepo) -> list[tuple[str, list[str], list[str], list[str]]]:
    """Every stage in the order they must run; `.dvc` files are left out.

    Where the graph leaves a choice, the order of dvc.yaml decides.

    Returns:
        (name, the stages upstream of it, the paths of its dependencies, the paths of its outputs) of each.
    """
    edges = repo.index.graph  # from a stage to what it reads
    names = {stage: stage.addressing for stage in edges if not stage.is_data_source}
    positions = {stage: position for position, stage in enumerate(repo.index.stages)}
    ordered = networkx.lexicographical_topological_sort(edges.reverse(), key=positions.__getitem__)
    return [
        (
            names[stage],
            sorted(names[other] for other in edges.successors(stage) if other in names),
            [dep.def_path for dep in stage.deps],
            [out.def_path for out in stage.outs],
        )
        for stage in ordered
        if stage in names
    ]


def fetch_object(repo: RecordingRepo, md5: str) -> None:
    """Bring one object from the default remote into the cache, if there is a remote and it has the object.

    Args:
        repo: the project's.
        md5: the object's.
    """
    if repo.config["core"].get("remote"):
        repo.cloud.pull([HashInfo("md5", md5)])


def pull_run_cache(repo: RecordingRepo) -> bool:
    """Bring what the run cache of the default remote knows and ours does not; whether there is one that answers."""
    try:
        odb = repo.cloud.get_remote_odb()
        if not odb.fs.exists(odb.path):
            return False
        with suppress(RunCacheNotSupported):  # over HTTP: outputs that dvc.lock names come all the same
            runs = repo.cloud.get_remote_odb(hash_name="md5-dos2unix")
            repo.stage_cache.transfer(runs, repo.cache.legacy, force=False)
    except Exception:  # a folder, a bucket and SSH each fail in words of their own
        return False
    return True


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    one.__name__: one for one in (reproduce, push, project_state, graph, fetch_object, pull_run_cache)
}


def answer(method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Call DVC in the working directory.

    Args:
        method: a function of this file, or else a method of DVC's repository, whose result is left out.
        arguments: its arguments by name.

    Returns:
        `result`; or `failure` (`dvc_failures.describe`), and whether a stage `began`.
    """
    logged = LoggedErrors()
    for name in ("dvc", "dvc_data", "dvc_objects"):
        logging.getLogger(name).setLevel(logging.WARNING)  # what it does, the flow says itself
        logging.getLogger(name).addHandler(logged)
    logging.getLogger("dvc.rwlock").setLevel(logging.ERROR)  # of locks that a kill has left `dvc_locks` tells
    dvc.stage.run.StageCmdFailedError = CommandFailed
    repo = None
    try:
        with RecordingRepo(os.curdir) as repo:
            if method in _FUNCTIONS:
                return {"result": _FUNCTIONS[method](repo, **arguments)}
            getattr(repo, method)(**arguments)
            return {"result": None}
    except Exception as error:  # whatever a bucket's client may raise
        failure = describe(error, Path.cwd(), logged.errors, arguments.get("targets", ()))
        return {"failure": failure, "began": repo is not None and repo.stage_cache.missed}
    finally:
        clean_repos()

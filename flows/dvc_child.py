"""DVC's Python API in a process of its own: `dvc_child.py PIPE METHOD ARGUMENTS`, started by `dvc_process.call`.

What came of the call goes to PIPE as JSON: the verdict, the result, or the kind of the failure, taken from what DVC
returns and raises. Its messages are written for people; nothing here depends on how they are worded.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Run by its path, without this folder on the path, where `dvc` would be our dvc.py.
sys.path.append(str(Path(__file__).resolve().parents[1]))

import dvc.stage.run
from dvc.repo import Repo
from dvc.repo.open_repo import clean_repos
from dvc.stage.cache import RunCacheNotFoundError, StageCache

from flows.dvc_failures import CommandFailed, LoggedErrors, describe

_INTERRUPTED = 130


class RunCache(StageCache):  # type: ignore[misc]
    """DVC's run cache, which notes whether the stage was restored from it or has to run.

    The remote's run cache is not copied anew for each stage, as `--pull` does: a year of runs leaves some 1,000
    entries, which are 1,000 requests. The flow takes what is new of them once (`dvc.pull_run_cache`).
    """

    restored = False
    missed = False

    def restore(self, *arguments: Any, **options: Any) -> None:
        """As DVC does it.

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
        """Nothing."""
        return []


class RecordingRepo(Repo):  # type: ignore[misc]
    """A repository that notes what it did to bring a stage up to date."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.stage_cache = RunCache(self)
        self.pulled = False

    def pull(self, *arguments: Any, **options: Any) -> Any:
        """As DVC does it, also while it brings a stage up to date.

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


def _answer(method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    logged = LoggedErrors()
    for name in ("dvc", "dvc_data", "dvc_objects"):
        logging.getLogger(name).setLevel(logging.WARNING)  # what it does, the flow says itself
        logging.getLogger(name).addHandler(logged)
    logging.getLogger("dvc.rwlock").setLevel(logging.ERROR)  # of locks that a kill has left `dvc_locks` tells
    dvc.stage.run.StageCmdFailedError = CommandFailed
    repo = None
    try:
        with RecordingRepo(os.curdir) as repo:
            if method == "reproduce":
                return {"result": reproduce(repo, **arguments)}
            if method == "push":
                return {"result": push(repo)}
            getattr(repo, method)(**arguments)
            return {"result": None}
    except Exception as error:  # whatever a bucket's client may raise
        failure = describe(error, Path.cwd(), logged.errors, arguments.get("targets", ()))
        return {"failure": failure, "began": repo is not None and repo.stage_cache.missed}
    finally:
        clean_repos()


def main(arguments: Sequence[str]) -> int:
    """Call DVC, and hand over what came of it."""
    pipe, method, text = arguments
    keywords = json.loads(text)
    sys.argv = ["dvc", method, *map(str, keywords.values())]  # DVC notes in its locks who holds them
    "".encode("idna")  # threads that look up an encoding at the same time may not find it (bugs.python.org/issue29288)
    with os.fdopen(int(pipe), "w", encoding="utf-8") as answers:
        os.set_inheritable(answers.fileno(), False)
        try:
            answer = _answer(method, keywords)
        except KeyboardInterrupt:
            return _INTERRUPTED
        json.dump(answer, answers)
    return 1 if "failure" in answer else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the flow does with git: commit results on the branch that deployments pull, push, begin on a fresh base."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from longtail.errors import LongtailError, Problem, Unreachable

RESULTS = ("dvc.lock", "data/raw.dvc", "params.yaml", "receipts")
"""What a run leaves in git: which bytes, made how, published when. Never merged: a lock is one run's or another's."""
_REJECTED = ("[rejected]", "[remote rejected]", "fetch first", "non-fast-forward")


class Rejected(LongtailError):
    """Somebody else has pushed to the branch since this run began."""


def commit(root: Path, message: str) -> bool:
    """Commit RESULTS and nothing else; whether there was anything to commit."""
    there = [path for path in RESULTS if (root / path).exists()]
    _git(root, "add", "--", *there)
    if not _git(root, "diff", "--cached", "--name-only", "--", *there):
        return False
    _git(root, "commit", "--quiet", "--message", message, "--", *there)
    return True


def push(root: Path, remote: str, branch: str) -> None:
    """Push HEAD to `branch`. Raises Rejected where it has moved on, Unreachable where there is no answer."""
    done = _run(root, "push", "--quiet", remote, f"HEAD:{branch}")
    if not done.returncode:
        return
    said = done.stderr.strip()
    where = f"{remote}/{branch}"
    if any(sign in said for sign in _REJECTED):
        remedy = "Somebody pushed in between: `git pull --ff-only`, then `make run`."
        raise Rejected(Problem("the push was rejected", remedy, where=where))
    raise Unreachable(Problem(f"cannot push: {said.splitlines()[-1]}", "See `git push` by hand.", where=where))


def begin_again(root: Path, remote: str, branch: str) -> None:
    """Take the branch as it is there now as the base, and keep the receipts of this run.

    Only results are given up (RESULTS, which the next run writes anew). Raises LongtailError where code, or anything
    else in git, was changed here: that is somebody's work.
    """
    _git(root, "fetch", "--quiet", remote, branch)
    base = _git(root, "merge-base", "HEAD", "FETCH_HEAD")
    own = _git(root, "diff", "--name-only", base).splitlines()
    if foreign := [path for path in own if not _is_result(path)]:
        remedy = "Commit or undo it, then `git pull` and `make run`."
        raise LongtailError(Problem("changed here and not a result of the run", remedy, "", len(foreign), foreign[0]))
    receipts = [path for path in own if path.startswith("receipts/") and (root / path).exists()]
    with tempfile.TemporaryDirectory() as aside:
        for path in receipts:
            shutil.copy2(root / path, aside)
        _git(root, "reset", "--quiet", "--hard", "FETCH_HEAD")
        for path in receipts:
            (root / path).parent.mkdir(exist_ok=True)
            shutil.copy2(Path(aside) / Path(path).name, root / path)


def branch_of(root: Path) -> str:
    """The branch that is checked out; `""` on none."""
    return _git(root, "branch", "--show-current")


def _is_result(path: str) -> bool:
    return any(path == result or path.startswith(f"{result}/") for result in RESULTS)


def _git(root: Path, *arguments: str) -> str:
    done = _run(root, *arguments)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise LongtailError(Problem(f"git {arguments[0]} failed: {said[-1]}", "See it by hand.", where=str(root)))
    return done.stdout.strip()


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = ["git", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

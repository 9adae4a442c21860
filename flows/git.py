"""What the flow does with git: commit results on the branch that deployments pull, push, begin on a fresh base."""

from __future__ import annotations

import subprocess
from pathlib import Path

from longtail.errors import LongtailError, Problem, Unreachable
from longtail.git_runner import run_git

LOCK, RAW = "dvc.lock", "data/raw.dvc"
RESULTS = (LOCK, RAW, "params.yaml", "receipts", "tombstones.csv")
"""What a run commits: which bytes, made how, published when, removed on whose request."""
_CODE = ("src", "flows", "dvc.yaml", "pyproject.toml", "requirements.lock", "params.yaml")
_MOVED_ON = ("(fetch first)", "(non-fast-forward)")
_SECONDS = 300.0  # for one command; a dead network must not hold the checkout for good


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
    """Push HEAD to `branch`.

    Raises Rejected where it has moved on, LongtailError where it is not the branch that is checked out or the remote
    does not take it, Unreachable where there is no answer.
    """
    where = f"{remote}/{branch}"
    if branch_of(root) != branch:
        remedy = "Check that branch out, or set share.branch to this one: its other commits would go along."
        raise LongtailError(Problem(f"the branch {branch_of(root) or '(none)'} is checked out", remedy, where=where))
    done = _run(root, "push", "--porcelain", remote, f"HEAD:{branch}")
    if not done.returncode:
        return
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and line != "Done"]
    refused = [line for line in said if line.startswith("!")]
    if any(sign in line for line in refused for sign in _MOVED_ON):
        raise _rejected(where)
    if refused:
        remedy = "Is the branch protected? Ask who keeps it, or set share.branch."
        raise LongtailError(Problem("the remote does not take the push", remedy, where=where, example=refused[0]))
    raise Unreachable(Problem("cannot push", "See git push by hand.", where=where, example=said[-1] if said else ""))


def refuse_moved(root: Path, remote: str, branch: str) -> None:
    """Raise Rejected where `branch` has moved on. Where it cannot be looked at nothing is said: `push` will tell."""
    if _run(root, "fetch", "--quiet", remote, branch).returncode:
        return
    if _run(root, "merge-base", "--is-ancestor", "FETCH_HEAD", "HEAD").returncode:
        raise _rejected(f"{remote}/{branch}")


def begin_again(root: Path, remote: str, branch: str, *, code_too: bool = False) -> bool:
    """Take the branch as it is there now as the base; whether its raw set is another one than this checkout's.

    Given up is the lock alone, which the next run writes anew. Receipts stay on the disk throughout, since they say
    what was published. Nothing is overwritten that is not a result.

    Raises LongtailError where that cannot be: code or parameters were changed here (somebody's work) or, without
    `code_too`, there (this process still runs the old ones), or both sides have new data.
    """
    _git(root, "fetch", "--quiet", remote, branch)
    base = _git(root, "merge-base", "HEAD", "FETCH_HEAD")
    here = _git(root, "diff", "--name-only", base).splitlines()
    there = _git(root, "diff", "--name-only", base, "FETCH_HEAD").splitlines()
    if foreign := [path for path in here if path == "params.yaml" or not _is_result(path)]:
        remedy = "Commit or undo it, then git pull and make run."
        raise LongtailError(Problem("changed here and not a result of the run", remedy, "", len(foreign), foreign[0]))
    code = [path for path in there if path.split("/")[0] in _CODE]
    if code and not code_too:
        remedy = "git pull --ff-only, make setup, make run: this run has still the old one."
        raise LongtailError(Problem("code or parameters changed there meanwhile", remedy, "", len(code), code[0]))
    if RAW in here and RAW in there:
        remedy = "Bring one raw set that has both, then make run."
        raise LongtailError(Problem("the data changed here and there", remedy, where=RAW))
    _git(root, "reset", "--quiet", base)  # the index alone: every file stays as it is
    if LOCK in _git(root, "ls-tree", "--name-only", base).splitlines():
        _git(root, "checkout", "--quiet", base, "--", LOCK)
    else:
        (root / LOCK).unlink(missing_ok=True)
    _git(root, "merge", "--quiet", "--ff-only", "FETCH_HEAD")  # refuses to overwrite anything else
    return RAW in there


def branch_of(root: Path) -> str:
    """The branch that is checked out; `""` on none."""
    return _git(root, "branch", "--show-current")


def _rejected(where: str) -> Rejected:
    return Rejected(Problem("somebody has pushed in between", "git pull --ff-only, then make run", where=where))


def _is_result(path: str) -> bool:
    return any(path == result or path.startswith(f"{result}/") for result in RESULTS)


def _git(root: Path, *arguments: str) -> str:
    done = _run(root, *arguments)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise LongtailError(Problem(f"git {arguments[0]} failed: {said[-1]}", "See it by hand.", where=str(root)))
    return done.stdout.strip()


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return run_git(root, *arguments, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        what = f"git {arguments[0]} did not end within {_SECONDS:.0f} s"
        raise Unreachable(Problem(what, "Is the remote reachable?", where=str(root))) from error

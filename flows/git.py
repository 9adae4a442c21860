"""What the flow does with git: commit results on the branch that deployments pull, push, begin on a fresh base."""

from __future__ import annotations

import subprocess
from pathlib import Path

from longtail.errors import LongtailError, Problem, Unreachable
from longtail.git_runner import run_git

LOCK, RAW, ANCESTOR = "dvc.lock", "data/raw.dvc", "data/ancestor.dvc"
RESULTS = (LOCK, RAW, ANCESTOR, "params.yaml", "receipts", "tombstones.csv")
"""What a run commits: which bytes, made how, published when, removed on whose request."""
_CODE = ("src", "flows", "dvc.yaml", "pyproject.toml", "requirements.lock", "params.yaml")
_MOVED_ON = ("(fetch first)", "(non-fast-forward)")
_SECONDS = 300.0  # for one command; a dead network must not hold the checkout for good


class Rejected(LongtailError):
    """Somebody else has pushed to the branch since this run began."""


def commit(root: Path, message: str) -> bool:
    """Commit RESULTS and nothing else.

    Args:
        root: the project's root.
        message: of the commit.

    Returns:
        Whether there was anything to commit.
    """
    there = [path for path in RESULTS if (root / path).exists()]
    _git(root, "add", "--", *there)
    if not _git(root, "diff", "--cached", "--name-only", "--", *there):
        return False
    _git(root, "commit", "--quiet", "--message", message, "--", *there)
    return True


def push(root: Path, remote: str, branch: str) -> None:
    """Push HEAD to a branch.

    Args:
        root: the project's root.
        remote: git's name of the remote.
        branch: the branch there; the same one must be checked out.

    Raises:
        Rejected: the branch has moved on.
        LongtailError: another branch is checked out, or the remote does not take the push.
        Unreachable: the remote does not answer.
    """  # noqa: DOC501 - a function of ours makes the error
    where = f"{remote}/{branch}"
    if branch_of(root) != branch:
        remedy = "Check that branch out, or set share.branch to this one: its other commits would go along."
        raise LongtailError(Problem(f"the branch {branch_of(root) or '(none)'} is checked out", remedy, where=where))
    done = _run(root, "push", "--porcelain", remote, f"HEAD:{branch}")
    if not done.returncode:
        return
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and line != "Done"]
    refused = [line for line in lines if line.startswith("!")]
    if any(sign in line for line in refused for sign in _MOVED_ON):
        raise _rejected(where)
    if refused:
        remedy = "Is the branch protected? Ask who keeps it, or set share.branch."
        raise LongtailError(Problem("the remote does not take the push", remedy, where=where, example=refused[0]))
    raise Unreachable(Problem("cannot push", "See git push by hand.", where=where, example=lines[-1] if lines else ""))


def refuse_moved(root: Path, remote: str, branch: str) -> None:
    """Refuse to go on where a branch has moved on; where the remote does not answer, `push` will say so.

    Args:
        root: the project's root.
        remote: git's name of the remote.
        branch: the branch there.

    Raises:
        Rejected: the branch has moved on.
    """  # noqa: DOC501 - a function of ours makes the error
    if _run(root, "fetch", "--quiet", remote, branch).returncode:
        return
    if _run(root, "merge-base", "--is-ancestor", "FETCH_HEAD", "HEAD").returncode:
        raise _rejected(f"{remote}/{branch}")


def restart_on_remote(root: Path, remote: str, branch: str, *, code_too: bool = False) -> bool:
    """Move the checkout to the branch as it is on the remote now.

    Only the lock and the choice of the ancestor are given up, which the next run makes anew. Receipts stay on the disk
    throughout, since they say what was published. Nothing is overwritten that is not a result.

    Args:
        root: the project's root.
        remote: git's name of the remote.
        branch: the branch there.
        code_too: also take new code and parameters; without it they are refused, since this process runs the old ones.

    Returns:
        Whether the raw set there is another one than this checkout's.

    Raises:
        LongtailError: code or parameters were changed here (somebody's work) or, without `code_too`, there; or both
            sides have new data.
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
    for path in (LOCK, ANCESTOR):
        if _git(root, "ls-tree", "--name-only", base, "--", path):
            _git(root, "checkout", "--quiet", base, "--", path)
        else:
            (root / path).unlink(missing_ok=True)
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
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise LongtailError(Problem(f"git {arguments[0]} failed: {lines[-1]}", "See it by hand.", where=str(root)))
    return done.stdout.strip()


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return run_git(root, *arguments, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        what = f"git {arguments[0]} did not end within {_SECONDS:.0f} s"
        raise Unreachable(Problem(what, "Is the remote reachable?", where=str(root))) from error

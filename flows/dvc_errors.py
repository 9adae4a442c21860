"""What went wrong when DVC ran something, as an error of ours: by the kind of its failure, never by its words."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import NamedTuple

from flows.dvc_process import Failure
from longtail.cli import ERROR_FILE
from longtail.errors import BadInput, Busy, LongtailError, NoSpace, Problem, StageFailed, from_dict
from longtail.lineage import store

_LARGE_DISK = "Put the folder itself there; docs/how-to/own-data.md, 'A large disk', has the ways that work."
_LOST = "longtail lineage --verify --remote names them and says how to send them again from a checkout that has them."
_FULL_DISK = re.compile("no space left on|disk quota exceeded", re.IGNORECASE)
"""What the system and our stages say where a full disk took even the stage's error file."""


class Explained(StageFailed):
    """The kind of the failure says why, and trying again does not help."""


class _Known(NamedTuple):
    """A kind of failure, in words for a user."""

    what: str
    remedy: str
    error: type[LongtailError] = Explained
    """About a file of the raw set it is BadInput always."""


_KNOWN = {
    "behind_link": _Known("it lies behind a link", _LARGE_DISK, BadInput),
    "no_permission": _Known("this user may not read or write it", "Give yourself the right (chmod, chown)."),
    "link_loop": _Known("a link that leads to itself", "Put the file itself there, or remove it."),
    "lost_objects": _Known("DVC's remote has lost objects that its lists name", _LOST),
    "missing_file": _Known(
        "a file is not there, or a link that leads nowhere",
        "Bring what it should lead to or remove the link; if something else was at work there, run it again.",
        StageFailed,
    ),
    "not_utf8": _Known(
        "a name is not UTF-8",
        "Find it with: find data -print | LC_ALL=C.UTF-8 grep -axv '.*'; then rename it, in its row too.",
        BadInput,
    ),
    "no_repository": _Known(
        "this folder is not the root of a git repository with DVC in it",
        "Run it in the project's root; where .git was lost, clone the project again, or: git init",
    ),
    "damaged_locks": _Known(
        "DVC's list of who reads and writes is damaged, as after a kill",
        "Where no other DVC is at work here: rm .dvc/tmp/rwlock",
    ),
    "unreadable_file": _Known(
        "a file of DVC's cannot be read, perhaps for a merge conflict in it",
        "Solve the conflict, or take the file back from git: git checkout -- FILE",
    ),
    "git_ignored": _Known(
        "git ignores the file that says which version of the data this is",
        "Take the line out of .gitignore that names it (git check-ignore -v FILE).",
    ),
    "tracked_by_git": _Known(
        "git has it already, and DVC is to have it", "git rm -r --cached FOLDER, and commit that; the files stay."
    ),
    "missing_package": _Known("DVC lacks the package for a remote of this kind", "pip install it.", StageFailed),
}


def of_stage(root: Path, stage: str, failure: Failure, last: list[str]) -> LongtailError:
    """Why a stage failed; its own error file says it best.

    Args:
        root: the project's root.
        stage: its name, with its part.
        failure: what DVC's process handed over.
        last: the last lines of the stage.

    Returns:
        The error.
    """
    try:
        return from_dict(json.loads((root / ERROR_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError):  # none was left, or a full disk cut it off
        if _FULL_DISK.search("\n".join(last)):
            failure = Failure("no_space")
        return of_failure(failure, stage)


def of_failure(failure: Failure, doing: str) -> LongtailError:
    """A failure of DVC's as an error of ours.

    Args:
        failure: what DVC's process handed over.
        doing: the stage or the command that it was at.

    Returns:
        The error.
    """
    if failure.kind == "no_space":
        return NoSpace(Problem("no space left on the disk", "Free some space and run the same command again.", doing))
    if failure.kind == "busy":
        problem = Problem("DVC is at work in this checkout", "Wait for it, or stop it.", doing, example=failure.message)
        return Busy(problem)
    if failure.kind == "command":
        return _of_command(failure, doing)
    if failure.kind in _KNOWN:
        known = _KNOWN[failure.kind]
        in_raw_set = failure.path.startswith("/") and f"/{store.RAW}/" in f"{failure.path}/"
        kind = BadInput if in_raw_set else known.error
        example = failure.path or failure.message
        return kind(Problem(f"{doing} failed: {known.what}", known.remedy, example=example))
    example = failure.message or f"no message; run {doing} by hand"
    return StageFailed(Problem(f"{doing} failed", "The message is DVC's.", example=example))


def words_of(error: LongtailError) -> str:
    """What DVC said, as the example in another error."""
    return f"{error.problems[0].what}: {error.problems[0].example}"


def _of_command(failure: Failure, stage: str) -> StageFailed:
    if failure.status in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return StageFailed(Problem(f"{stage} was killed", "Often the memory ran out: lower compute.workers."))
    by_hand = stage.replace("@", " --part ")
    remedy = f"Its lines above say more; by hand: PYTHONPATH=src python -m longtail {by_hand}"
    return StageFailed(Problem(f"{stage} failed", remedy, example=f"exit code {failure.status}"))

"""What went wrong when DVC ran something, as an error of ours. DVC has one exit code for all, so its words decide.

The words are those of DVC 3.67; what it says otherwise is told as it says it.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path
from typing import NamedTuple

from longtail.cli import ERROR_FILE
from longtail.errors import BadInput, Busy, LongtailError, NoSpace, Problem, StageFailed, from_dict
from longtail.lineage import store

_NEARLY_FULL = 1_000_000  # bytes
_LARGE_DISK = "Put the folder itself there; docs/how-to/own-data.md, 'A large disk', has the ways that work."
_LOST = "longtail lineage --verify --remote names them and says how to send them again from a checkout that has them."


class Explained(StageFailed):
    """DVC's words say why, and trying again does not help."""


class _Known(NamedTuple):
    """Words of DVC's, and what they mean for a user."""

    words: str
    """A pattern; what it calls `path` is the file that is told."""
    what: str
    remedy: str
    kind: type[LongtailError] = Explained
    """Of a file of the raw set it is BadInput always."""


_KNOWN = [
    _Known("Cannot add files inside symlinked directories", "the raw set lies behind a link", _LARGE_DISK, BadInput),
    _Known("'(?P<path>.*)' is outside of (git|DVC) repo", "it lies behind a link, out of the project", _LARGE_DISK),
    _Known(
        r"\[Errno 13\] Permission denied: '(?P<path>.*)'",
        "this user may not read or write it",
        "Give yourself the right (chmod, chown).",
    ),
    _Known(
        r"\[Errno 40\] .*: '(?P<path>.*)'", "a link that leads to itself", "Put the file itself there, or remove it."
    ),
    _Known(
        r"failed to transfer '(?P<path>\w+(\.dir)?)' - \[Errno 2\]|failed to transfer '\S+' - .*(NoSuchKey|Not Found)",
        "DVC's remote has lost objects that its lists name",
        _LOST,
    ),
    _Known(
        r"\[Errno 2\] No such file or directory: '(?P<path>.*)'",
        "a file is not there, or a link that leads nowhere",
        "Bring what it should lead to or remove the link; if something else was at work there, run it again.",
        StageFailed,
    ),
    _Known(
        "surrogates not allowed|codec can't (en|de)code",
        "a name is not UTF-8",
        "Find it with: find data -print | LC_ALL=C.UTF-8 grep -axv '.*'; then rename it, in its row too.",
        BadInput,
    ),
    _Known(
        "(?P<path>/.*) is not a git repository|not inside of a DVC repository|No DVC repo",
        "this folder is not the root of a git repository with DVC in it",
        "Run it in the project's root; where .git was lost, clone the project again, or: git init",
    ),
    _Known(
        "(?P<path>RWLock-file '.*?').*(corrupted|format error)",
        "DVC's list of who reads and writes is damaged, as after a kill",
        "Where no other DVC is at work here: rm .dvc/tmp/rwlock",
    ),
    _Known(
        r"'(?P<path>[^']+)' is invalid( \(possible merge conflicts\))?",
        "a file of DVC's cannot be read, perhaps for a merge conflict in it",
        "Solve the conflict, or take the file back from git: git checkout -- FILE",
    ),
    _Known(
        "bad DVC file name '(?P<path>.*)' is git-ignored",
        "git ignores the file that says which version of the data this is",
        "Take the line out of .gitignore that names it (git check-ignore -v FILE).",
    ),
    _Known(
        "output '(?P<path>.*)' is already tracked by SCM",
        "git has it already, and DVC is to have it",
        "git rm -r --cached FOLDER, and commit that; the files stay.",
    ),
    _Known(
        "requires '(?P<path>dvc-[a-z0-9]+)' to be installed",
        "DVC lacks the package for a remote of this kind",
        "pip install it.",
        StageFailed,
    ),
]


def of_stage(root: Path, stage: str, last: list[str]) -> LongtailError:
    """Why a stage failed: its own error file says it best; `last` are its last lines."""
    try:
        return from_dict(json.loads((root / ERROR_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError):  # none was left, or a full disk cut it off
        return of_words("\n".join(last), stage)


def of_words(text: str, doing: str) -> LongtailError:
    """What DVC's output `text` says went wrong while it was `doing` something."""
    said = _said(text)
    if re.search("no space left on|disk quota exceeded", text, re.IGNORECASE) or _cannot_copy_to_full_disk(text):
        return NoSpace(Problem("no space left on the disk", "Free some space and run the same command again.", doing))
    if re.search("acquire lock|is busy|lock is held", said):
        return Busy(Problem("DVC is at work in this checkout", "Wait for it, or stop it.", doing, example=said))
    code = re.search(r"exited with (-?\d+)", said)
    if code and int(code[1]) in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return StageFailed(Problem(f"{doing} was killed", "Often the memory ran out: lower compute.workers."))
    if code:
        by_hand = doing.replace("@", " --part ")
        remedy = f"Its lines above say more; by hand: PYTHONPATH=src python -m longtail {by_hand}"
        return StageFailed(Problem(f"{doing} failed", remedy, example=said))
    return _of_known(said, doing) or StageFailed(
        Problem(f"{doing} failed", "The message is DVC's.", example=said or f"it said nothing; run {doing} by hand")
    )


def words_of(error: LongtailError) -> str:
    """What DVC said, as the example in another error."""
    return f"{error.problems[0].what}: {error.problems[0].example}"


def _of_known(said: str, doing: str) -> LongtailError | None:
    for known in _KNOWN:
        found = re.search(known.words, said)
        if found is None:
            continue
        path = found.groupdict().get("path") or ""
        in_raw_set = path.startswith("/") and f"/{store.RAW}/" in f"{path}/"
        kind = BadInput if in_raw_set else known.kind
        return kind(Problem(f"{doing} failed: {known.what}", known.remedy, example=path or said))
    return None


def _said(text: str) -> str:
    """The lines in which DVC says what is wrong: from its first error on, without its well-wishing."""
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.startswith("Having any troubles?")]
    errors = [number for number, line in enumerate(lines) if line.startswith("ERROR: ")]
    if errors:
        lines = lines[errors[0] :]
        others = [number for number, line in enumerate(lines) if number and line.startswith(("ERROR: ", "WARNING: "))]
        lines = lines[: others[0]] if others else lines
        return " ".join(line.strip() for line in lines).removeprefix("ERROR: ").removeprefix("unexpected error - ")
    conflict = next((line for line in lines if "is invalid" in line), "")
    return conflict or (lines[-1] if lines else "")


def _cannot_copy_to_full_disk(text: str) -> bool:
    """DVC does not say why it could not copy a file out of its cache."""
    found = re.search(r"No possible cache link types for '([^',]+)", text)
    if found is None:
        return False
    place = next(folder for folder in Path(found[1]).resolve().parents if folder.exists())
    return shutil.disk_usage(place).free < _NEARLY_FULL

"""What DVC would not version: links, pipes, names and rights that it leaves out without a word, or stumbles over.

One check for all who bring photographs or version them, before anything runs. DVC 3.67 leaves a linked folder inside
`data/raw` out and ends well; it waits for ever at a pipe; it leaves a folder that it may not read out. Links that DVC
has made itself, into its cache (`cache.type symlink`), are whole: a large disk is used through them, or mounted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longtail.artifacts import FOLDER
from longtail.errors import BadInput, Problem
from longtail.lineage import store
from longtail.paths import ANCESTOR

_LARGE_DISK = "docs/how-to/own-data.md, 'A large disk', has the ways that work."
_IN_GIT = (
    "params.yaml",
    "edits.csv",
    "answers.csv",
    "dvc.yaml",
    "dvc.lock",
    "data/raw.dvc",
    "data/ancestor.dvc",
    "receipts",
    "tombstones.csv",
)


def check(root: Path) -> None:
    """Refuse what would not be versioned under `data`, or not be an output of DVC's under `artifacts`.

    Raises:
        BadInput: all of it at once, each kind with a count, an example and a remedy.
    """
    raw = root / store.RAW
    stages = sorted((root / FOLDER).iterdir()) if (root / FOLDER).is_dir() else []
    problems = [*_behind(root, [raw, root / ANCESTOR, root / FOLDER, *(path for path in stages if path.is_symlink())])]
    if not problems and raw.is_dir():
        problems += _inside(root, raw)
    problems += _left_by_git(root)
    if problems:
        raise BadInput(*problems)


def check_folder(root: Path, named: Path) -> None:
    """Refuse a folder of the project that cannot be replaced whole, or would not be versioned once it is.

    Args:
        root: the project's root.
        named: where a set is about to be written, as a user names it. Outside of the project it may lie behind links,
            since nothing there is versioned.

    Raises:
        BadInput: it lies behind a link, or is a mount point.
    """
    target = Path(os.path.normpath(root / named))  # no link is followed
    problems = list(_behind(root, [target]))
    if _is_mount(target):
        what = "the folder is a mount point, and is replaced by a new one when a set is brought"
        problems.append(Problem(what, f"Mount the disk one folder higher. {_LARGE_DISK}", _printable(root, target)))
    if problems:
        raise BadInput(*problems)


def _behind(root: Path, targets: list[Path]) -> Iterator[Problem]:
    """Links among the folders that lead from the root to these places, the places included."""
    links: dict[Path, None] = {}
    for target in targets:
        if target.is_relative_to(root):
            parts = target.relative_to(root).parts
            ways = (root.joinpath(*parts[: depth + 1]) for depth in range(len(parts)))
            links |= dict.fromkeys(way for way in ways if way.is_symlink())
    if links:
        first = next(iter(links))
        what = "folder of the project that is a link: DVC versions nothing that lies behind one"
        remedy = f"Put the folder itself there, or mount the large disk at its place. {_LARGE_DISK}"
        yield Problem(what, remedy, _printable(root, first), len(links), _leads(root, first))


@dataclass
class _Scanned:
    """What a walk through the raw set came across, by kind."""

    linked_folders: list[Path] = field(default_factory=list)
    linked_files: list[Path] = field(default_factory=list)
    dangling: list[Path] = field(default_factory=list)
    devices: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)
    not_utf8: list[Path] = field(default_factory=list)


def _inside(root: Path, raw: Path) -> Iterator[Problem]:
    seen = _Scanned()
    cache = store.Store.of(root).cache
    _scan(raw, (str(cache) + os.sep, str(cache.resolve()) + os.sep), seen)
    kinds = [
        (
            seen.linked_folders,
            "folder that is a link: DVC leaves out what lies behind it, so that no remote and no clone would have it",
            f"Put the folder itself there (cp -rL follows links), or mount the large disk. {_LARGE_DISK}",
        ),
        (
            seen.linked_files,
            "file that is a link: what it leads to is not the raw set's own",
            f"Put the file itself there (cp -L follows links). {_LARGE_DISK}",
        ),
        (
            seen.dangling,
            "link that leads nowhere",
            "Bring what it should lead to, or remove the link. Where DVC made it: dvc checkout data/raw.dvc",
        ),
        (
            seen.devices,
            "pipe, socket or device instead of a file: DVC would wait at it for ever",
            "Remove it, or put a file there.",
        ),
        (
            seen.unreadable,
            "file or folder that this user may not read",
            "Give yourself the right: chmod -R u+rX data/raw, or let its owner do it.",
        ),
        (
            seen.not_utf8,
            "name that is not UTF-8: DVC cannot write it down",
            "Rename the file, and in its row of the table too.",
        ),
    ]
    for paths, what, remedy in kinds:
        if paths:
            yield Problem(what, remedy, store.RAW.as_posix(), len(paths), _leads(root, min(paths)))


def _scan(folder: Path, cache: tuple[str, str], seen: _Scanned) -> None:
    try:
        entries = list(os.scandir(folder))
    except PermissionError:
        seen.unreadable.append(folder)
        return
    for entry in entries:
        if not _is_utf8(entry.name):
            seen.not_utf8.append(Path(entry.path))
        if entry.is_symlink():
            _scan_link(Path(entry.path), cache, seen)
        elif entry.is_dir():
            _scan(Path(entry.path), cache, seen)
        elif not entry.is_file():
            seen.devices.append(Path(entry.path))
        elif not os.access(entry.path, os.R_OK):
            seen.unreadable.append(Path(entry.path))


def _scan_link(link: Path, cache: tuple[str, str], seen: _Scanned) -> None:
    if not link.exists():
        seen.dangling.append(link)
    elif link.is_dir():
        seen.linked_folders.append(link)
    elif not str(link.readlink()).startswith(cache) and not str(link.resolve()).startswith(cache):
        seen.linked_files.append(link)
    elif not os.access(link, os.R_OK):
        seen.unreadable.append(link)


def _left_by_git(root: Path) -> Iterator[Problem]:
    """Files that git keeps for the team: of a link out of the project it would keep where that leads, and no more."""
    home = root.resolve()
    out = [path for name in _IN_GIT if (path := root / name).is_symlink() and not path.resolve().is_relative_to(home)]
    if out:
        what = "link that leads out of the project: git keeps the link, and not what it leads to"
        yield Problem(what, "Put the file itself there.", _printable(root, out[0]), len(out), _leads(root, out[0]))


def _is_mount(folder: Path) -> bool:
    """Whether something is mounted there, a folder of the same disk included, which `Path.is_mount` does not see."""
    mounts = Path("/proc/self/mountinfo")
    if folder.is_mount() or not mounts.exists():
        return folder.is_mount()
    points = (line.split()[4] for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines())
    return str(folder.resolve()) in {
        re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point) for point in points
    }


def _leads(root: Path, path: Path) -> str:
    text = _printable(root, path)
    return f"{text} -> {os.fsencode(path.readlink()).decode(errors='replace')}" if path.is_symlink() else text


def _printable(root: Path, path: Path) -> str:
    """`path` from the root, in text that can be printed whatever its bytes are."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    return os.fsencode(inside).decode(errors="backslashreplace")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

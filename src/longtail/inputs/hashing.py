"""The md5 of a stage's inputs, computed again only if a file's size, times or inode changed.

A file's md5 is remembered in `.longtail/hashes/`, as DVC remembers it elsewhere, so that 25,000 photographs are read
once and not at the start of every stage.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from longtail import atomic, process_lock
from longtail.inputs.ignoring import Rules, is_ignored, rules_above
from longtail.run_record import md5_of

FOLDER = ".dir"
"""How the md5 of a folder ends."""
_ITSELF = ""
"""The name of an input that is a file, where a folder has the names of its files."""
_UNKNOWN: tuple[str, tuple[int, ...]] = ("", ())
_TICK = 100_000_000
"""Nanoseconds: a file that was written within one tick of the system's clock may be written again unseen."""


class Stamp(NamedTuple):
    """What moves when a file is written. The time of change (ctime) cannot be set back, as the other one can."""

    size: int
    modified: int
    changed: int
    inode: int


@dataclass(frozen=True)
class HashedInput:
    """One input at one moment: {file: stamp} and {file: md5}; a file that is no folder has the name `""`."""

    path: str
    when: int
    """Before any file of it was read, in nanoseconds since 1970."""
    stamps: Mapping[str, Stamp]
    hashes: Mapping[str, str]
    is_folder: bool
    is_fresh: bool
    """Whether any file was read for this."""

    @property
    def md5(self) -> str:
        """Its md5 as DVC has it; `""` where there is nothing."""
        return folder_md5(self.hashes) if self.is_folder else self.hashes.get(_ITSELF, "")


def folder_md5(files: Mapping[str, str]) -> str:
    """The md5 of a folder with these files: of the JSON list of them, by name."""
    entries = [{"md5": files[name], "relpath": name} for name in sorted(files)]
    text = json.dumps(entries, sort_keys=True).encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest() + FOLDER


def hash_input(root: Path, path: str) -> HashedInput:
    """An input as it is now, with the md5 of every file: remembered if its stamp is unchanged, else read.

    Args:
        root: the project's root.
        path: file or folder, from the root.

    Returns:
        Its md5, and the stamp of every file.
    """
    return _hash_input(root, path, _remembered(root, path))


def rehash_input(root: Path, before: HashedInput) -> HashedInput:
    """The same input now; only a file whose stamp moved, or that was written just before, is read again.

    Args:
        root: the project's root.
        before: the input as it was.

    Returns:
        Its md5, and the stamp of every file.
    """
    known = {
        name: (md5, before.stamps[name])
        for name, md5 in before.hashes.items()
        if before.stamps[name].changed < before.when - _TICK
    }
    return _hash_input(root, before.path, known)


def remember(root: Path, hashed: HashedInput) -> None:
    """Keep the md5 of a folder's files for the next stage that reads them.

    Args:
        root: the project's root.
        hashed: the folder, as from `hash_input`.
    """
    if not (hashed.is_folder and hashed.is_fresh):
        return
    settled = {
        name: (md5, *hashed.stamps[name])
        for name, md5 in hashed.hashes.items()
        if hashed.stamps[name].changed < hashed.when - _TICK
    }
    with suppress(OSError):  # a full disk: the next stage reads the files again
        target = _memory(root, hashed.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(target, json.dumps(settled))


def remember_known(root: Path, path: str, hashes: Mapping[str, str], since: int) -> None:
    """Keep md5 that were computed elsewhere, of the files of a folder that have not changed since.

    Args:
        root: the project's root.
        path: the folder, from the root.
        hashes: {name: md5} of its files.
        since: time in nanoseconds; a file that changed after it is passed over.
    """
    stamps = dict(_files(root / path, path, rules_above(root, path)))
    remember(
        root, HashedInput(path, since, stamps, {name: hashes[name] for name in stamps if name in hashes}, True, True)
    )


def _hash_input(root: Path, path: str, known: Mapping[str, tuple[str, tuple[int, ...]]]) -> HashedInput:
    when = time.time_ns()
    target = root / path
    is_folder = target.is_dir()
    files = _files(target, path, rules_above(root, path)) if is_folder else _file(target)
    stamps, hashes, is_fresh = {}, {}, False
    for name, stamp in files:
        stamps[name] = stamp
        md5, was = known.get(name, _UNKNOWN)
        if was != stamp:
            md5, is_fresh = _md5_or_none(target / name if name else target), True
        hashes[name] = md5
    return HashedInput(path, when, stamps, hashes, is_folder, is_fresh)


def _md5_or_none(path: Path) -> str:
    try:
        return md5_of(path)
    except OSError:  # removed since its folder was listed, or not readable: the stage itself tells of that
        return ""


def _file(path: Path) -> Iterator[tuple[str, Stamp]]:
    with suppress(FileNotFoundError):
        yield _ITSELF, _stamp(path.stat())


def _files(folder: Path, path: str, rules: Sequence[Rules]) -> Iterator[tuple[str, Stamp]]:
    """(name from the folder, stamp) of every file below; as DVC does, links to folders are not gone into."""
    below = [""]
    while below:
        inside = below.pop()
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder / inside) as entries:
            for entry in entries:
                name = f"{inside}/{entry.name}" if inside else entry.name
                is_folder = entry.is_dir()
                if is_ignored(f"{path}/{name}", is_folder, rules):
                    continue
                if is_folder:
                    if not entry.is_symlink():
                        below.append(name)
                    continue
                try:
                    stamp = _stamp(entry.stat())
                except FileNotFoundError:  # a broken link, or removed just now
                    continue
                yield name, stamp


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _memory(root: Path, path: str) -> Path:
    return root / process_lock.STATE / "hashes" / f"{quote(path, safe='')}.json"


def _remembered(root: Path, path: str) -> dict[str, tuple[str, tuple[int, ...]]]:
    try:
        stored = json.loads(_memory(root, path).read_text(encoding="utf-8"))
        return {name: (entry[0], tuple(entry[1:])) for name, entry in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError, LookupError):  # none yet, or not ours: it only costs time
        return {}

"""The files of a source, zip or folder: a path inside it, a size, a way to read it. Nothing is unpacked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from longtail.errors import BadInput, Problem
from longtail.names import leads_out

_CHUNK = 1 << 20
_JUNK = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "#recycle", "$recycle.bin"}
"""What systems and network drives put beside files, in small letters."""


@dataclass(frozen=True)
class Member:
    """One file of a source: its path there, its declared size in bytes, and in how many zips it lies."""

    path: PurePosixPath
    size: int
    depth: int
    open: Callable[[], IO[bytes]]
    file: Path | None = None
    """Where it lies on this disk; None inside a zip."""
    above: tuple[str, ...] = ()
    """Folders that hold the whole source and were looked through (`without_common_top`)."""

    @property
    def top(self) -> str:
        """First folder of the path, `""` for a file that lies in none."""
        return self.path.parts[0] if len(self.path.parts) > 1 else ""

    def copy_to(self, target: Path) -> None:
        """Write the file's bytes to `target`, which must not exist.

        Raises:
            BadInput: there is more in it than was declared, which is how a zip bomb hides its size.
        """
        left = self.size
        with self.open() as source, target.open("xb") as copy:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    remedy = "Bring it again: it changed meanwhile, or its archive lies about its size."
                    raise BadInput(Problem("a file is larger than declared", remedy, example=str(self.path)))
                copy.write(chunk)


def of_folder(root: Path) -> list[Member]:
    """Every file under `root`, sorted by path; hidden ones and those of a file manager left out.

    Returns:
        The members; their bytes are read when they are opened.

    Raises:
        BadInput: links and devices, names that are not plain UTF-8.
    """
    entries = list(_walk(root, PurePosixPath()))
    check_names((path.as_posix() for path, _ in entries), str(root))
    links = [path for path, entry in entries if not entry.is_file(follow_symlinks=False)]
    if links:
        refuse_links([path.as_posix() for path in links], str(root))
    members = [
        Member(path, entry.stat().st_size, 0, partial(_opened, Path(entry.path)), Path(entry.path))
        for path, entry in entries
    ]
    return sorted(members, key=lambda member: member.path)


def empty_folders(root: Path) -> list[PurePosixPath]:
    """Folders under `root` with nothing in them, but what `of_folder` leaves out.

    Returns:
        Their paths below `root`, sorted; none where `root` is no folder.
    """
    if not root.is_dir():
        return []
    folders = [path for path in root.rglob("*/") if path.is_dir() and not path.is_symlink()]
    empty = [path for path in folders if all(is_junk(PurePosixPath(one.name)) for one in path.iterdir())]
    below = [PurePosixPath(path.relative_to(root)) for path in empty]
    return sorted(path for path in below if not is_junk(path))


def check_names(names: Iterable[str], source: str) -> None:
    """Refuse names that could mean a place outside the folder they are unpacked into.

    Args:
        names: paths inside the source.
        source: the source as the user named it.

    Raises:
        BadInput: there is such a name.
    """
    outside = [name for name in names if leads_out(name)]
    if outside:
        raise BadInput(
            Problem(
                "file whose name leads out of its folder, or is no plain text",
                "Nothing was imported. Find out who made this source; rename the file if it is yours.",
                where=source,
                count=len(outside),
                example=ascii(outside[0]),
            )
        )


def refuse_links(names: list[str], source: str) -> None:
    """Say that links and devices are not followed.

    Args:
        names: the links and devices of a source, one at least.
        source: the source as the user named it.

    Raises:
        BadInput: always.
    """
    what = "link or device instead of a file"
    remedy = "Nothing was imported. Put the file itself there: a link could lead anywhere."
    raise BadInput(Problem(what, remedy, where=source, count=len(names), example=names[0]))


def is_junk(path: PurePosixPath) -> bool:
    """Whether a system left it: hidden files, and what macOS, Windows and network drives put beside others."""
    return any(part.startswith(".") or part.casefold() in _JUNK for part in path.parts)


def without_common_top(members: list[Member]) -> list[Member]:
    """The members with the one folder that holds all of them looked through, as often as there is one.

    A folder of files alone stays: it may be the photographs of an identity.

    Returns:
        The same members, by shorter paths.
    """
    tops = {member.top for member in members}
    while len(tops) == 1 and "" not in tops and _is_wrapper(members):
        members = [
            replace(member, path=PurePosixPath(*member.path.parts[1:]), above=(*member.above, member.top))
            for member in members
        ]
        tops = {member.top for member in members}
    return members


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _is_wrapper(members: list[Member]) -> bool:
    names = {member.path.parts[1].casefold() for member in members}
    return any(len(member.path.parts) > 2 for member in members) or any(
        name.endswith((".csv", ".json", ".zip")) for name in names
    )


def _walk(folder: Path, inside: PurePosixPath) -> Iterator[tuple[PurePosixPath, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = inside / entry.name
            if is_junk(PurePosixPath(entry.name)):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), path)
            else:
                yield path, entry

"""Zip files: names, links, passwords and sizes are checked before a byte is unpacked."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

from longtail.errors import BadInput, Problem
from longtail.importing.members import Member, check_names, is_junk, refuse_links

DEEPEST = 2
"""A zip inside a zip is how Kaggle packs; a third level is how a bomb does."""
MAX_RATIO = 200
"""Photographs hardly shrink and label tables shrink tenfold; deflate's best, on nothing but zeros, is 1,032."""
MAX_MEMBER = 4 << 30
"""Of a photograph or a table, in bytes; a zip inside the zip may be larger."""
MAX_TOTAL = 1 << 40
_TOO_SMALL_TO_HARM = 16 << 20


def of_zip(path: Path, name: str, depth: int, stack: ExitStack) -> list[Member]:
    """The files of a zip, sorted by path, without those of a file manager.

    Args:
        path: the zip on this disk.
        name: the zip as the user knows it.
        depth: 1 for the source itself, 2 for a zip inside it.
        stack: keeps the zip open until the members have been read.

    Returns:
        The members; their bytes are read when they are opened.

    Raises:
        BadInput: not a zip, encrypted, deeper than DEEPEST, or with unsafe names, links or sizes.
    """
    if depth > DEEPEST:
        remedy = "Nothing was imported. Unpack the outer one yourself, then import the folder."
        raise BadInput(Problem(f"a zip lies inside {depth - 1} others", remedy, example=name))
    with translate_zip_errors(name):
        archive = stack.enter_context(_opened(path))
    infos = archive.infolist()
    check_names((info.orig_filename for info in infos), name)
    files = [info for info in infos if not info.is_dir() and not is_junk(PurePosixPath(info.filename))]
    links = [info.filename for info in files if _kind(info) not in (0, stat.S_IFREG)]
    if links:
        refuse_links(links, name)
    _refuse_encrypted(files, name)
    _refuse_bombs(files, path.stat().st_size, name)
    members = [Member(PurePosixPath(i.filename), i.file_size, depth, partial(archive.open, i)) for i in files]
    return sorted(members, key=lambda member: member.path)


@contextmanager
def translate_zip_errors(name: str) -> Iterator[None]:
    """Turn what reading a damaged or foreign archive raises into words.

    Raises:
        BadInput: the archive `name` is damaged, or packed in a way that Python cannot read.
    """
    try:
        yield
    except NotImplementedError as error:
        remedy = "Nothing was imported. Pack it again with plain deflate: zip -r NEW.zip FOLDER"
        raise BadInput(Problem(f"a zip is packed in a way Python cannot read: {error}", remedy, where=name)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        remedy = "Nothing was imported. Download it again; only zip files and folders can be imported."
        raise BadInput(Problem(f"not a whole zip file: {error}", remedy, where=name)) from error


def _opened(path: Path) -> zipfile.ZipFile:
    try:  # macOS writes UTF-8 names without saying so
        return zipfile.ZipFile(path, metadata_encoding="utf-8")
    except UnicodeDecodeError:
        return zipfile.ZipFile(path)


def _kind(info: zipfile.ZipInfo) -> int:
    return stat.S_IFMT(info.external_attr >> 16)


def _refuse_encrypted(files: list[zipfile.ZipInfo], name: str) -> None:
    locked = [info.filename for info in files if info.flag_bits & 0x1]
    if locked:
        remedy = "Nothing was imported. Unpack it with its password, then import the folder."
        raise BadInput(Problem("encrypted file in the zip", remedy, where=name, count=len(locked), example=locked[0]))


def _refuse_bombs(files: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    """Refuse sizes that no set of photographs has: of one file, of all together, against the bytes that hold them."""
    remedy = "Nothing was imported. If it is yours, unpack it yourself and import the folder."

    def swells(size: int, held: int) -> bool:
        return size > _TOO_SMALL_TO_HARM and size > MAX_RATIO * max(1, held)

    bombs = [
        info
        for info in files
        if swells(info.file_size, info.compress_size)
        or (info.file_size > MAX_MEMBER and not info.filename.casefold().endswith(".zip"))
    ]
    if bombs:
        first = bombs[0]
        example = f"{first.filename} ({first.compress_size:,} bytes that unpack to {first.file_size:,})"
        raise BadInput(
            Problem("file that swells like a zip bomb", remedy, where=name, count=len(bombs), example=example)
        )
    total = sum(info.file_size for info in files)
    if total > MAX_TOTAL or swells(total, packed):
        what = f"a zip of {packed:,} bytes unpacks to {total:,}, like a zip bomb"
        raise BadInput(Problem(what, remedy, where=name))

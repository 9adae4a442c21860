"""Atomic writes: a temporary file, then a rename, so that a reader never sees half a file."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import csv_writer
from longtail.errors import NoSpace, Problem

if TYPE_CHECKING:
    import pandas as pd  # it takes as long to import as all the rest

_LONGEST = 40  # letters of a name that its temporary file keeps: a name may be as long as the system allows


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary file beside `target`; it takes `target`'s place when the block ends well.

    It keeps the mode that `target` has; a new file gets what the umask leaves. A link stays a link: the file that it
    leads to is replaced, unless that one is write-protected, as the objects of DVC's cache are.

    Yields:
        The temporary file.
    """
    target = _link_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _unused(target)
    with translate_enospc(target):
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # the system applies the umask
    try:
        mode = _mode(target if target.exists() and not target.is_symlink() else temporary)
        with translate_enospc(target):
            yield temporary
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
        temporary.chmod(mode)  # the block may have put a file of another mode there, as safetensors does
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """An empty temporary folder beside `target`; it takes `target`'s place when the block ends well.

    It keeps the mode that `target` has; a new folder gets what the umask leaves.

    Yields:
        The temporary folder.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _unused(target)
    temporary.mkdir()
    try:
        mode = _mode(target if target.exists() and not target.is_symlink() else temporary)
        with translate_enospc(target):
            yield temporary
        if target.exists():  # renamed away, not removed: a user's photographs are never half gone
            old = _unused(target)
            target.rename(old)
            temporary.rename(target)
            shutil.rmtree(old)
        else:
            temporary.rename(target)
        target.chmod(mode)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _unused(target: Path) -> Path:
    return target.with_name(f".{target.name[:_LONGEST]}.{secrets.token_hex(8)}.tmp")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _link_target(target: Path) -> Path:
    """The file that a link leads to, where it may be written."""
    if not target.is_symlink():
        return target
    link_target = target.resolve()
    is_protected = link_target.exists() and not _mode(link_target) & stat.S_IWUSR
    return target if is_protected else link_target


@contextmanager
def translate_enospc(target: Path) -> Iterator[None]:
    """Turn the system's "no space left" into an error that says where.

    Raises:
        NoSpace: the disk of `target` is full, or the user's share of it.
        OSError: the block failed for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoSpace(
            Problem("no space left on the disk", "Free some space and run the same command again.", where=str(target))
        ) from error


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text.

    Args:
        target: the file; it is replaced as a whole.
        text: its content.
    """
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(target: Path, value: Any) -> None:
    """Write JSON with sorted keys, so that equal values are equal bytes.

    Args:
        target: the file; it is replaced as a whole.
        value: what to write. NaN is refused with a ValueError: it is not JSON.
    """
    write_text(target, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(target: Path, table: pd.DataFrame) -> None:
    """Write a table without its index.

    Args:
        target: the file, CSV or Parquet by the ending of its name; it is replaced as a whole.
        table: its content.
    """
    with replacing(target) as temporary:
        if target.suffix == ".csv":
            with temporary.open("w", encoding="utf-8", newline="") as file:
                table.to_csv(csv_writer.RowsTo(file), index=False, lineterminator="\r\n")
        else:
            table.to_parquet(temporary, index=False)

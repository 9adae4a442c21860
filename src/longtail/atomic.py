"""Write beside, then rename: a reader never sees half a file, whatever kills the writer."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from longtail.errors import NoSpace, Problem


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary file beside `target`; it takes `target`'s place when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    os.close(handle)
    beside = Path(name)
    try:
        with telling_of_full_disk(target):
            yield beside
            with beside.open("rb") as written:
                os.fsync(written.fileno())
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """An empty temporary folder beside `target`; it takes `target`'s place when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"))
    try:
        with telling_of_full_disk(target):
            yield beside
        beside.chmod(0o755)
        if target.exists():  # renamed away, not removed: a user's photographs are never half gone
            old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"))
            target.rename(old)
            beside.rename(target)
            shutil.rmtree(old)
        else:
            beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def telling_of_full_disk(target: Path) -> Iterator[None]:
    """Turn the system's "no space left" into an error that says where."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoSpace(
            Problem("no space left on the disk", "Free some space and run the same command again.", where=str(target))
        ) from error


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text."""
    with replacing(target) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(target: Path, value: Any) -> None:
    """Write JSON with sorted keys, so that equal values are equal bytes. NaN is refused: it is not JSON."""
    write_text(target, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(target: Path, table: pd.DataFrame) -> None:
    """Write a table without its index: CSV or Parquet, by the name's ending."""
    with replacing(target) as beside:
        if target.suffix == ".csv":
            table.to_csv(beside, index=False, lineterminator="\n")
        else:
            table.to_parquet(beside, index=False)

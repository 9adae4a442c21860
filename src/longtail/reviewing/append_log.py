"""How a log of decisions grows: whole rows at its end, one writer at a time, the file replaced at once.

edits.csv and answers.csv are such logs: one table of decisions with who, when and why, in which an `undo` is a row.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from longtail import atomic, csv_writer
from longtail.labels.edit_log import COLUMNS, UNDO, row_name, undo_value

Rows = Sequence[Sequence[str]]


def signed_rows(rows: Rows, decided: Rows, signed: Mapping[str, str]) -> list[list[str]]:
    """Whole rows. No two have one name: a decision that is taken again after an `undo` is another row.

    Args:
        rows: of the log.
        decided: image, action and value of each new row.
        signed: who and why; when, where it is not now.

    Returns:
        The new rows.
    """
    taken = {row_name(cells) for cells in rows}
    now, added = datetime.now(UTC), []
    for cells in decided:
        whole = [*cells, signed["who"], signed.get("when") or _stamp(now), signed["why"]]
        while row_name(whole) in taken:
            now += timedelta(milliseconds=1)
            whole[4] = _stamp(now)
        taken.add(row_name(whole))
        added.append(whole)
    return added


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def alone(log: Path) -> Iterator[int]:
    """Nobody else writes into the folder's logs meanwhile; the lock ends with this process, however it ends.

    Yields:
        The folder, open.
    """
    folder = os.open(log.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(folder)


def replace(log: Path, text: bytes, folder: int) -> None:
    """Put the file in its place, and wait until the disk has it: what a screen confirms is there after a crash.

    Args:
        log: the file.
        text: its new bytes.
        folder: as `alone` yields it.
    """
    with atomic.replacing(log) as temporary:
        temporary.write_bytes(text)
    os.fsync(folder)


def take_back(log: Path, rows: Rows, doomed: Iterable[int], signed: Mapping[str, str], folder: int) -> None:
    """Append an `undo` for each of some rows.

    Args:
        log: the file.
        rows: of it.
        doomed: rows that hold no more, counted from 0.
        signed: who and why; when, where it is not now.
        folder: as `alone` yields it.
    """
    undo = [[rows[row][0], UNDO, undo_value(rows[row])] for row in doomed]
    replace(log, with_rows(log, signed_rows(rows, undo, signed)), folder)


def with_rows(log: Path, rows: Rows) -> bytes:
    """The file's bytes as they are, and the rows after them in its own kind of line ending.

    Args:
        log: the file; it need not exist.
        rows: the new ones.

    Returns:
        The bytes.
    """
    old = log.read_bytes() if log.exists() else (",".join(COLUMNS) + "\n").encode()
    end = "\r\n" if b"\r\n" in old else "\n"
    return old + (b"" if old.endswith(b"\n") else end.encode()) + csv_writer.as_bytes(rows, end)

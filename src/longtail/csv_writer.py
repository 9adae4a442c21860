"""Tables of text, written so that every Python reads them back as they were.

Before version 3.13, Python's csv quotes a carriage return in a cell only where it is part of the line's end. A lone one
ends a row for every reader of CSV, ours too. So rows are made with RFC 4180's line ends, which are replaced after that.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

_RFC = "\r\n"


class RowsTo(io.TextIOBase):
    """A text file that takes whole rows, each with RFC 4180's line end, and ends them with another one."""

    def __init__(self, file: IO[str], end: str = "\n") -> None:
        """Write to `file`.

        Args:
            file: opened with `newline=""`.
            end: of each row.
        """
        self._file, self._end = file, end

    def write(self, row: str) -> int:
        """Write one row as csv and pandas hand it over, with RFC 4180's line end; gives its number of letters."""
        return self._file.write(row.removesuffix(_RFC) + self._end)


def write_rows(file: IO[str], rows: Iterable[Sequence[object]], end: str = "\n") -> None:
    """Write rows.

    Args:
        file: opened with `newline=""`.
        rows: their cells.
        end: of each row.
    """
    csv.writer(RowsTo(file, end), lineterminator=_RFC).writerows(rows)


def as_bytes(rows: Iterable[Sequence[object]], end: str = "\n") -> bytes:
    """Rows as UTF-8.

    Args:
        rows: their cells.
        end: of each row.

    Returns:
        What a file of them holds.
    """
    held = io.StringIO(newline="")
    write_rows(held, rows, end)
    return held.getvalue().encode("utf-8")

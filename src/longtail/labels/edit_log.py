"""edits.csv as a log: rows are only ever appended, and a row `undo` takes an earlier one back.

An `undo` names the other row by what it says (image, action, value, who, when), not by its line in the file. So git
can merge the rows of two people line by line, in any order, and each `undo` still names the same row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

COLUMNS = ("image", "action", "value", "who", "when", "why")
UNDO = "undo"
_SIGNED = 5  # cells that a row's name is made of: all but `why`, in which a word may be mended later
_NAME = re.compile(r"(?:^|\s)([0-9a-f]{8})$")


def rows_of(edits: Path) -> list[list[str]]:
    """The rows of edits.csv after its header: what can be read. `csv_reader.read_table` says what is wrong with them.

    Args:
        edits: the file.

    Returns:
        As many cells as each row has; [] where there is no file.
    """
    if not edits.exists():
        return []
    text = edits.read_bytes().decode("utf-8-sig", errors="replace")
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a quote that is not closed, and 131,072 characters after it
        rows.extend(cells for cells in csv.reader(io.StringIO(text, newline="")) if cells)
    return rows[1:]


def row_name(cells: Sequence[str]) -> str:
    """8 hex digits that name a row.

    Args:
        cells: image, action, value, who, when, and what else the row has.

    Returns:
        Equal for rows that say the same, signed by the same person at the same time.
    """
    return hashlib.blake2b("\0".join(cells[:_SIGNED]).encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()


def undo_value(cells: Sequence[str]) -> str:
    """What an `undo` of a row has as its value.

    Args:
        cells: of the row that is taken back.

    Returns:
        Its action and value, for people, and its name.
    """
    return " ".join(filter(None, (cells[1], cells[2], row_name(cells))))


def undone_name(value: str) -> str:
    """The name of the row that an `undo` with this value takes back; `""` if it names none."""
    ending = _NAME.search(value)
    return ending[1] if ending else ""


def in_force(rows: Sequence[Sequence[str]]) -> list[int]:
    """The rows that hold.

    Args:
        rows: of edits.csv, without its header.

    Returns:
        Their numbers, from 0: without those that an `undo` takes back, and without the `undo` rows.
    """
    taken_back = {(cells[0], undone_name(cells[2])) for cells in rows if _is_undo(cells)}
    return [
        row
        for row, cells in enumerate(rows)
        if len(cells) > 2 and not _is_undo(cells) and (cells[0], row_name(cells)) not in taken_back
    ]


def orphans(rows: Sequence[Sequence[str]]) -> list[int]:
    """The `undo` rows that name no row, as numbers among `rows`."""
    names = {(cells[0], row_name(cells)) for cells in rows if len(cells) > 2 and not _is_undo(cells)}
    return [row for row, cells in enumerate(rows) if _is_undo(cells) and (cells[0], undone_name(cells[2])) not in names]


def _is_undo(cells: Sequence[str]) -> bool:
    return len(cells) > 2 and cells[1] == UNDO

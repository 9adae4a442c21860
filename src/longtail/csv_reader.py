"""Tables of text, read strictly: what cannot be read as it was meant is an error that says where, and what to do.

Every cell is text, always, and stays as it is: `007`, `NA` and a leading space are what they are.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from longtail.errors import BadInput, Problem

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
"""How git marks both ends of what it could not merge."""
_SAVE_AS_UTF8 = "Save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')."


class Record(NamedTuple):
    """One record of a table."""

    row: int
    """The line on which a text editor shows its beginning; the header is line 1."""
    cells: list[str]


def read_text(path: Path, where: str) -> str:
    """The text of a table, without a byte order mark.

    Args:
        path: the file.
        where: what errors call it.

    Returns:
        The text, as it stands in the file.

    Raises:
        BadInput: it cannot be read, or is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(Problem(f"{path.name} cannot be read: {error.strerror}", "Check the path.", where)) from error
    if content.startswith(_UTF16) or b"\0" in content[:1000]:
        raise BadInput(Problem(f"{path.name} is UTF-16, not UTF-8", _SAVE_AS_UTF8, where))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        excerpt = content[max(0, error.start - 20) : error.end + 10].decode("utf-8", "backslashreplace")
        what = f"{path.name} is not UTF-8"
        raise BadInput(Problem(what, _SAVE_AS_UTF8, f"{where}, row {line}", example=repr(excerpt))) from error


def records(text: str, where: str) -> Iterator[Record]:
    """The records of a table, the header included; blank lines are left out.

    Args:
        text: the table (`read_text`).
        where: what the error calls it.

    Yields:
        A record with the line it begins on.

    Raises:
        BadInput: a quote that is not closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            if cells:
                yield Record(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        what = f"broken quotes: {error}"
        remedy = "Close the double quote that opens there; write a quote inside a name twice."
        raise BadInput(Problem(what, remedy, f"{where}, row {begins}")) from error


def read_table(path: Path, columns: Sequence[str], remedy: str = "") -> list[Record]:
    """The records after a header that is exactly `columns`.

    Args:
        path: the file.
        columns: what the header must be.
        remedy: what to do about a table of another shape; `""`: mend the row.

    Returns:
        The records, without the header.

    Raises:
        BadInput: it cannot be read, is not UTF-8, has broken quotes, another header, or rows of another length; git
            has left a conflict in it.
    """
    text = read_text(path, path.name)
    if conflict := _CONFLICT.search(text):
        what = f"{path.name} has a conflict of git that nobody has settled"
        settle = "Keep the rows of both sides, and delete the lines that begin with <<<<<<<, ======= and >>>>>>>."
        raise BadInput(Problem(what, settle, f"{path.name}, row {text.count(chr(10), 0, conflict.start()) + 1}"))
    header, *rows = list(records(text, path.name)) or [Record(1, [])]
    if header.cells != list(columns):
        example = ",".join(header.cells) or "an empty file"
        what, first = f"{path.name} has another header", f"The first line must be: {','.join(columns)}"
        raise BadInput(Problem(what, remedy or first, f"{path.name}, row {header.row}", example=example))
    ragged = [record for record in rows if len(record.cells) != len(columns)]
    if ragged:
        where, example = f"{path.name}, row {ragged[0].row}", ",".join(ragged[0].cells)
        mend = f"Give each {len(columns)} cells; put text that holds a comma in double quotes."
        what = "row of another length than the header"
        raise BadInput(Problem(what, remedy or mend, where, len(ragged), example))
    return rows

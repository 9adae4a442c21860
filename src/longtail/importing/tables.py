"""Tables of a source, in a zip or in a folder."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from longtail import csv_reader
from longtail.csv_reader import Record
from longtail.errors import BadInput, Problem, format_examples
from longtail.importing.archives import translate_zip_errors
from longtail.importing.listing import Listing
from longtail.importing.members import Member

_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class Table:
    """A table of a source as it was read."""

    header: list[str]
    records: list[Record]
    where: str
    """What messages call it."""

    def values(self, column: str) -> list[str]:
        """The cells of a column, a record each."""
        at = self.header.index(column)
        return [cells[at] for _, cells in self.records]


def header_of(member: Member) -> list[str]:
    """The first line of a table as columns, trimmed; none where the file is no table in UTF-8."""
    return next(iter(first_rows(member)), [])


def first_rows(member: Member) -> list[list[str]]:
    """The first rows of a table, the header with its columns trimmed; none where the file is no table in UTF-8."""
    with translate_zip_errors(str(member.path)), member.open() as source:
        beginning = source.read(_HEADER_BYTES)
    text = beginning.decode("utf-8-sig", "ignore")
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(csv.reader(io.StringIO(text, newline="")))
    if len(rows) > 1 and len(beginning) == _HEADER_BYTES:
        rows = rows[:-1]  # its last row may have been cut
    return [[name.strip() for name in row] if at == 0 else row for at, row in enumerate(rows)]


def copied(member: Member, listing: Listing) -> Path:
    """A member as a file of its own name, to be read.

    Args:
        member: the file.
        listing: the source.

    Returns:
        A copy in the source's scratch folder.
    """
    folder = Path(tempfile.mkdtemp(dir=listing.scratch))
    with translate_zip_errors(listing.source):
        member.copy_to(folder / member.path.name)
    return folder / member.path.name


def read(member: Member, listing: Listing, required: Sequence[str]) -> Table:
    """Read a table of a source.

    Args:
        member: the table.
        listing: the source.
        required: columns that it must have, once each.

    Returns:
        The table; cells stay as they are.

    Raises:
        BadInput: not UTF-8, broken quotes, rows of another length, no rows, a column missing or twice.
    """
    where = f"{listing.source}: {member.path}"
    text = csv_reader.read_text(copied(member, listing), where)
    first, *records = list(csv_reader.records(text, where)) or [Record(1, [])]
    header = [name.strip() for name in first.cells]
    wrong = [name for name in required if header.count(name) != 1]
    if wrong:
        what = f"column that {member.path.name} has {header.count(wrong[0])} times instead of once"
        remedy = f"Nothing was imported. Its columns are {format_examples(map(repr, header), 10)}."
        raise BadInput(Problem(what, remedy, where, len(wrong), wrong[0]))
    ragged = [record for record in records if len(record.cells) != len(header)]
    if ragged:
        what = f"row with another number of cells than the header's {len(header)}"
        remedy = "Nothing was imported. Put a value that holds a comma in double quotes; end no row with a comma."
        example = f"{','.join(ragged[0].cells)} ({len(ragged[0].cells)} cells)"
        raise BadInput(Problem(what, remedy, f"{where}, row {ragged[0].row}", len(ragged), example))
    if not records:
        remedy = "Nothing was imported. It needs one row a labelled photograph."
        raise BadInput(Problem(f"{member.path.name} is empty: a header and no rows", remedy, where))
    return Table(header, records, where)

"""The one writer of tables that leave the project: CSV in UTF-8, safe to open in a spreadsheet."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pandas as pd

from longtail import atomic, csv_writer
from longtail.labels.spreadsheet import as_text


def write_metadata(target: Path, table: pd.DataFrame) -> None:
    """Write a table as wildlife-datasets keeps its `metadata.csv`: a nameless column that counts the rows comes first.

    A text that a spreadsheet would run as a formula is written with a single quote before it, a header too; numbers
    stay numbers, and what is missing is an empty cell.

    Args:
        target: the file; it is replaced as a whole.
        table: its content.
    """
    columns = [_cells(table[name]) for name in table.columns]
    with atomic.replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        header = ["", *(as_text(str(name)) for name in table.columns)]
        rows = ([number, *cells] for number, cells in enumerate(zip(*columns, strict=True)))
        csv_writer.write_rows(file, chain([header], rows), end="\r\n")  # RFC 4180's


def _cells(column: pd.Series) -> list[object]:
    cells = column.astype("object").where(column.notna(), "")
    return [as_text(cell) if isinstance(cell, str) else cell for cell in cells]

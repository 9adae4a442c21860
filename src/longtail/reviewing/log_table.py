"""The rows of edits.csv as a table: what was decided, by whom, and what of it was taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longtail.labels.edit_log import COLUMNS, in_force, row_name

_HEAD = ("name", "row", "holds", *COLUMNS)


def lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows, the last first, each with the name by which `--undo` takes it back.

    Args:
        rows: of edits.csv.

    Yields:
        Lines.
    """
    if not rows:
        yield "No decisions yet."
        return
    held = set(in_force(rows))
    table: list[tuple[str, ...]] = [_HEAD]
    for row, cells in reversed(list(enumerate(rows))):
        whole = [*cells, *[""] * (len(COLUMNS) - len(cells))]
        table.append((row_name(cells), str(row + 2), "yes" if row in held else "", *whole[: len(COLUMNS)]))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()

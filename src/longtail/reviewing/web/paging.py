"""Long lists, a page at a time."""

from __future__ import annotations

from urllib.parse import urlencode


def first_row(start: int, total: int, size: int) -> int:
    """Where a page begins.

    Args:
        start: the row that was asked for, whatever it is.
        total: how many rows there are.
        size: rows of a page.

    Returns:
        A row that there is; 0 in an empty list.
    """
    return max(0, min(start, (total - 1) // size * size))


def neighbours(first: int, size: int, **query: str) -> tuple[str, str]:
    """The query strings of the page before and the page after.

    Args:
        first: the first row of this page.
        size: rows of a page.
        **query: what else the address says.

    Returns:
        Back and on; whether there are such pages is the template's to know.
    """
    back, on = (urlencode({**query, "start": first + step}) for step in (-size, size))
    return back, on

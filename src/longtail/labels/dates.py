"""When photographs were taken: the day, as it is written; neither an order of digits nor a time zone is guessed."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pandas as pd

DATE = "date"
"""The column of every table that has days, in `prepare` and after it; a set without dates has no such column."""
UNDATED = ""
"""The day of a photograph of which nobody knows when it was taken."""
REMEDY = (
    "Write YYYY-MM-DD, with or without a time (03/04/2021 may mean March or April). "
    "Leave a day that is not known blank."
)

_DAY = r"(?P<year>[0-9]{4})(?:(?P<mark>[-:/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})|(?P<digits>[0-9]{4}))"
_TIME = r"([01][0-9]|2[0-4])(:?[0-5][0-9](:?([0-5][0-9]|60)([.,][0-9]+)?)?)?"
_ZONE = r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_WRITTEN = re.compile(rf"{_DAY}([T ]{_TIME}({_ZONE})?)?", re.IGNORECASE)
_OLDEST = 1826  # the year of the first photograph: an earlier one is a slip, or a clock that was never set


def day_of(written: str) -> str | None:
    """The day of a date or a date with a time, the year first (ISO 8601, EXIF).

    The day is the one that is written, in whatever zone: `2021-03-04T23:30:00Z` is of the 4th. What says the day or
    the month first (`03/04/2021`), names a month or has two digits of the year is not read.

    Args:
        written: a cell of a table, or EXIF's capture time.

    Returns:
        `YYYY-MM-DD`; UNDATED for a blank; None where it cannot be read for certain.
    """
    text = written.strip()
    if not text:
        return UNDATED
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    digits = match["digits"] or ""
    month, day = (digits[:2], digits[2:]) if digits else (match["month"], match["day"])
    try:
        date = datetime.date(int(match["year"]), int(month), int(day))
    except ValueError:
        return None
    return date.isoformat() if date.year >= _OLDEST else None


def days_of(written: pd.Series) -> pd.Series:
    """`day_of` of each; None where one cannot be read.

    Returns:
        As many values as `written`, with its index.
    """
    days = {text: day_of(text) for text in written.unique()}
    return pd.Series([days[text] for text in written], index=written.index, dtype="object")


def dates_of_capture(taken: pd.Series) -> pd.Series:
    """The days of EXIF's capture times; UNDATED where a file has none, or one that no calendar has.

    Args:
        taken: as the cameras wrote them.

    Returns:
        `YYYY-MM-DD` or UNDATED of each.
    """
    return days_of(taken).fillna(UNDATED).astype("str")


def describe_dates(days: pd.Series, date_column: str) -> tuple[str, dict[str, Any]]:
    """What a summary says of the dates: where they are from, how many, from when to when.

    Args:
        days: of the photographs; one is dated at least.
        date_column: the column that they are from; `""`: EXIF.

    Returns:
        A clause of a sentence, and the same as facts.
    """
    dated = days[days != UNDATED]
    source = f"column '{date_column}'" if date_column else "EXIF's capture time"
    facts = {
        "source": source,
        "dated": len(dated),
        "undated": len(days) - len(dated),
        "first": dated.min(),
        "last": dated.max(),
    }
    text = f"dates of {len(dated):,} by {source}, {facts['first']} to {facts['last']}, {facts['undated']:,} undated"
    return text, facts

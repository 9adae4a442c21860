"""How often findings of a kind were right on data whose truth is known: label_issues.csv, written by a benchmark.

`python -m benchmarks.label_issues` plants errors into drawn samples, trains on them and counts.
docs/how-to/label-issues.md shows the same table. What it says of drawn data is not measured on anybody's photographs.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("label_issues.csv")
ENOUGH = 0.8
"""Lower bound of precision from which a kind of finding may propose another label; below it, it asks."""


class MeasuredPrecision(NamedTuple):
    """Of one kind of finding: how many there were, how many were right, and the lower bound of their share."""

    found: int
    right: int
    low: float

    def __str__(self) -> str:
        return f"right in {self.right:,} of {self.found:,} on drawn data, not measured on yours"


@cache
def measured_precision(kind: str) -> MeasuredPrecision | None:
    """What the table says of the proposals of a kind, all runs together; None where none was counted."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["finding"] == kind and row["planted"] == "all" and int(row["found"]):
                return MeasuredPrecision(int(row["found"]), int(row["right"]), float(row["precision_low"]))
    return None


def may_relabel(kind: str) -> bool:
    """Whether a finding of that kind may propose another label."""
    known = measured_precision(kind)
    return known is not None and known.low >= ENOUGH

"""How often findings of a kind were right where the truth is known: two tables, written by a benchmark.

`python -m benchmarks.label_issues` plants errors into drawn samples and into photographs of whales, trains on them and
counts. docs/how-to/label-issues.md shows the same tables. What they say is not measured on anybody else's photographs.
"""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("label_issues.csv")
WHALES = Path(__file__).with_name("label_issues_whales.csv")
"""Of real photographs: only planted labels are judged there."""
ENOUGH = 0.8
"""Lower bound of precision from which a kind of finding may propose another label; below it, it asks."""


class MeasuredPrecision(NamedTuple):
    """Of one kind of finding: how many there were, how many were right, the lower bound of that share in both tables.

    `found` and `right` count drawn data, `whales_found` and `whales_right` photographs of whales with planted errors.
    """

    found: int
    right: int
    low: float
    whales_found: int = 0
    whales_right: int = 0

    def __str__(self) -> str:
        drawn = f"right in {self.right:,} of {self.found:,} on drawn data"
        if not self.whales_found:
            return f"{drawn}, not measured on yours"
        return f"{drawn}, in {self.whales_right:,} of {self.whales_found:,} on real whales, not measured on yours"


@cache
def measured_precision(kind: str) -> MeasuredPrecision | None:
    """What the tables say of the proposals of a kind, all runs together; None where none was counted on drawn data."""
    findings, right = _counts(TABLE, kind)
    if not findings:
        return None
    whales_found, whales_right = _counts(WHALES, kind)
    low, _ = wilson(right + whales_right, findings + whales_found)
    return MeasuredPrecision(findings, right, low, whales_found, whales_right)


def _counts(table: Path, kind: str) -> tuple[int, int]:
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["finding"] == kind and row["planted"] == "all":
                return int(row["found"]), int(row["right"])
    return 0, 0


def wilson(right: int, count: int) -> tuple[float, float]:
    """Bounds of a share at 95% (Wilson 1927).

    By hand, because `longtail review` would wait half a second for scipy.stats.

    Args:
        right: how many of `count`.
        count: 1 or more.

    Returns:
        Lower and upper bound, to three digits.
    """
    z = 1.959964
    middle = (right + z * z / 2) / (count + z * z)
    half = z / (count + z * z) * math.sqrt(right * (count - right) / count + z * z / 4)
    return round(max(middle - half, 0.0), 3), round(min(middle + half, 1.0), 3)


def may_relabel(kind: str) -> bool:
    """Whether a finding of that kind may propose another label."""
    known = measured_precision(kind)
    return known is not None and known.low >= ENOUGH

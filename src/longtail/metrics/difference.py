"""What an interval of a difference says: better, worse, or nothing. Every sentence about a difference asks here."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

ENOUGH = 100
"""Under this many photographs no winner is named (DESIGN.md, the honest protocol)."""

Verdict = Literal["better", "worse", "no difference shown", "too few to say"]


def verdict(low: Any, high: Any, photographs: Any = None) -> Verdict:
    """What the 95% interval of a paired difference `ours - theirs` shows.

    Better needs the whole interval above 0 and, where their number is given, at least `ENOUGH` photographs. Worse
    needs the interval alone: a reason for care is said at any size. An interval that ends at 0 shows nothing, and one
    that was not measured (None, NaN) neither.
    """
    ends = [math.nan if value is None else float(value) for value in (low, high)]
    if ends[1] < 0:
        return "worse"
    if photographs is not None and not float(photographs) >= ENOUGH:
        return "too few to say"
    return "better" if ends[0] > 0 else "no difference shown"


class Difference(NamedTuple):
    """A paired difference of scores, ours less theirs, with its 95% interval; None where it was not measured."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    photographs: float | None = None

    @property
    def verdict(self) -> Verdict:
        """What it shows."""
        return verdict(self.low, self.high, self.photographs)

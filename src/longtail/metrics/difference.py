"""Is a difference significant? The one rule, for every sentence about a difference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

ENOUGH = 100
"""Under this many photographs no winner is named (DESIGN.md, the honest protocol)."""

Verdict = Literal["better", "worse", "no difference shown", "too few to say"]


def verdict(low: Any, high: Any, photographs: Any = None) -> Verdict:
    """The verdict on a paired difference `ours - theirs`, by its 95% interval.

    "better" needs the whole interval above 0 and, where their number is given, at least `ENOUGH` photographs. "worse"
    needs the interval alone: a warning is given for any number. An interval that ends at 0 shows no difference, and
    one that was not measured (None, NaN) neither.

    Args:
        low: lower end.
        high: upper end.
        photographs: how many were scored.

    Returns:
        The verdict.
    """
    ends = [math.nan if value is None else float(value) for value in (low, high)]
    if ends[1] < 0:
        return "worse"
    if photographs is not None and not float(photographs) >= ENOUGH:
        return "too few to say"
    return "better" if ends[0] > 0 else "no difference shown"


def interval_in_words(low: float, high: float) -> str:
    """An interval to three digits, or that it has no width: then it says nothing of how certain a score is.

    Args:
        low: lower end.
        high: upper end.

    Returns:
        `95% interval [0.695, 0.786]`, or why there is none.
    """
    ends = f"{low:.3f}", f"{high:.3f}"
    return "no interval: every resample has this mean" if ends[0] == ends[1] else f"95% interval [{', '.join(ends)}]"


def score_in_words(metrics: Mapping[str, Any], name: str) -> str:
    """A score and its interval.

    Args:
        metrics: as in metrics.json.
        name: of the score there.

    Returns:
        `0.740 (95% interval [0.695, 0.786])`.
    """
    return f"{metrics[name]:.3f} ({interval_in_words(metrics[f'{name}_low'], metrics[f'{name}_high'])})"


class Difference(NamedTuple):
    """A paired difference of scores, ours less theirs, with its 95% interval; None where it was not measured."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    photographs: float | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether it is significant."""
        return verdict(self.low, self.high, self.photographs)

"""Numbers and names as text. Every function takes what a table holds; a missing value becomes a dash."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from longtail.errors import counted
from longtail.metrics.difference import ENOUGH

MIN_PHOTOGRAPHS = ENOUGH
"""With fewer photographs no method is called better than another."""
GAP = "–"
"""Stands for a missing value."""
_NAMES = {"map_at_5": "MAP@5", "frozen_1nn": "frozen 1-NN"}


def number(value: Any) -> float | None:
    """`value` as a finite float; None for a missing value (None, NaN, text)."""
    try:
        as_float = float(value)
    except (TypeError, ValueError):
        return None
    return as_float if math.isfinite(as_float) else None


def count(value: Any) -> str:
    """`9850` as `9,850`."""
    finite = number(value)
    return GAP if finite is None else f"{round(finite):,}"


def score(value: Any) -> str:
    """A score between 0 and 1 with three digits: the intervals of a report start at the second."""
    finite = number(value)
    return GAP if finite is None else f"{finite:.3f}"


def signed(value: Any) -> str:
    """A difference of scores, with its sign."""
    finite = number(value)
    return GAP if finite is None else f"{finite:+.3f}".replace("-", "−")


def percent(part: Any, whole: Any) -> str:
    """A share in whole percent; `<1%` for a share that only rounds to 0, `>99%` for one that rounds to 100.

    Args:
        part: The part.
        whole: The whole; 1 where `part` is a share.

    Returns:
        The text; a dash where either is missing or the whole is 0.
    """
    top, bottom = number(part), number(whole)
    if top is None or not bottom:
        return GAP
    share = 100 * top / bottom
    return "<1%" if 0 < share < 1 else ">99%" if 99 < share < 100 else f"{share:.0f}%"


def interval(low: Any, high: Any, form: Callable[[Any], str] = score) -> str:
    """An interval, as `0.371 to 0.452`.

    Args:
        low: Lower end.
        high: Upper end.
        form: How an end is written.

    Returns:
        The text; a dash where an end is missing.
    """
    return GAP if number(low) is None or number(high) is None else f"{form(low)} to {form(high)}"


def significant(value: Any) -> str:
    """A number of any size with three significant digits: rates, losses, similarities."""
    finite = number(value)
    if finite is None:
        return GAP
    if finite == 0 or 1e-4 <= abs(finite) < 1e6:
        return f"{finite:.3g}" if abs(finite) < 1000 else f"{finite:,.0f}"
    return f"{finite:.1e}"


def threshold_text(threshold: Any) -> str:
    """What a threshold does. Scores are between -1 and 1; a threshold outside that range always or never applies."""
    limit = number(threshold)
    if limit is None:
        return "“new” is never predicted"
    if abs(limit) > 1:
        return "“new” is always first" if limit > 0 else "“new” after all known identities"
    return f"“new” above identities that score under {significant(limit)}"


def quantity(value: Any, noun: str, plural: str = "") -> str:
    """`1 photograph`, `2 photographs`.

    Args:
        value: The number; a missing value is 0.
        noun: The singular.
        plural: The plural, where it is not the singular with an `s`.

    Returns:
        The text.
    """
    return counted(round(number(value) or 0), noun, plural)


def display_name(name: str) -> str:
    """`gaussian_blur` as `gaussian blur`."""
    return _NAMES.get(name, name.replace("_", " "))


def full_stop(text: str) -> str:
    """`text` with a full stop; its first word may be a name, so its case stays."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def sentence(text: str) -> str:
    """`text` with a capital letter and a full stop."""
    return capitalise(full_stop(text))


def capitalise(text: str) -> str:
    """`text` with a capital letter."""
    return text[:1].upper() + text[1:]

"""Numbers as text. Every function takes what a table holds and never fails on a gap."""

from __future__ import annotations

import math
from typing import Any

from longtail.errors import counted
from longtail.metrics.difference import ENOUGH as ENOUGH

GAP = "–"
"""What stands where nothing was measured."""


def number(value: Any) -> float | None:
    """`value` as a finite float; None for a gap (None, NaN, text)."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def count(value: Any) -> str:
    """`9850` as `9,850`."""
    found = number(value)
    return GAP if found is None else f"{round(found):,}"


def score(value: Any) -> str:
    """A score between 0 and 1, three digits: the intervals here are never narrower than the second."""
    found = number(value)
    return GAP if found is None else f"{found:.3f}"


def gain(value: Any) -> str:
    """A difference of scores, with its sign."""
    found = number(value)
    return GAP if found is None else f"{found:+.3f}".replace("-", "−")


def percent(part: Any, whole: Any) -> str:
    """A share in whole percent; `<1%` rather than a zero that is none."""
    top, bottom = number(part), number(whole)
    if top is None or not bottom:
        return GAP
    share = 100 * top / bottom
    return "<1%" if 0 < share < 1 else ">99%" if 99 < share < 100 else f"{share:.0f}%"


def span(low: Any, high: Any, form: Any = score) -> str:
    """An interval, as `0.371 to 0.452`."""
    return GAP if number(low) is None or number(high) is None else f"{form(low)} to {form(high)}"


def digits(value: Any) -> str:
    """A number of any size with three digits that count: rates, losses, similarities."""
    found = number(value)
    if found is None:
        return GAP
    if found == 0 or 1e-4 <= abs(found) < 1e6:
        return f"{found:.3g}" if abs(found) < 1000 else f"{found:,.0f}"
    return f"{found:.1e}"


def says(threshold: Any) -> str:
    """A threshold in words; scores lie between -1 and 1, and one beyond them always or never says "new"."""
    limit = number(threshold)
    if limit is None:
        return "never “new”"
    if abs(limit) > 1:
        return "always “new” first" if limit > 0 else "“new” only after every name"
    return f"“new” before whatever scores under {digits(limit)}"


def times(value: Any, noun: str, plural: str = "") -> str:
    """`1 photograph`, `2 photographs`."""
    return counted(round(number(value) or 0), noun, plural)


def spoken(name: str) -> str:
    """`gaussian_blur` as `gaussian blur`."""
    return {"map_at_5": "MAP@5", "frozen_1nn": "frozen 1-NN"}.get(name, name.replace("_", " "))


def ended(text: str) -> str:
    """`text` with a full stop; its first word may be a name, so its case stays."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def sentence(text: str) -> str:
    """`text` with a capital and a full stop, whichever it had."""
    return capital(ended(text))


def capital(text: str) -> str:
    """`text` with a capital."""
    return text[:1].upper() + text[1:]

"""The score by months since an individual was last seen: how fast a network grows old."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from longtail.metrics.intervals import bootstrap
from longtail.reporting.charts.line import Series, line_chart
from longtail.reporting.context import ReportContext

TITLE = "Months since last seen"
_DAYS = 365.25 / 12  # of a month
_BINS = (
    ("under 1", 1),
    ("1 to 3", 3),
    ("3 to 6", 6),
    ("6 to 12", 12),
    ("12 to 24", 24),
    ("24 to 48", 48),
    ("48 or more", np.inf),
)
"""Name and upper end of each row, in months; the end belongs to the next."""


def section(context: ReportContext) -> dict[str, Any]:
    """A row for each span of months; `dated` is False where photographs have no dates."""
    predictions = context.inputs.predictions
    dated = "last_seen" in predictions
    rows = _rows(predictions[predictions["last_seen"] != ""]) if dated else []
    points = [row for row in rows if row["photographs"]]
    curve = Series("MAP@5", [row["middle"] for row in points], [row["map_at_5"] for row in points])
    label = "months since the individual was last seen"
    return {
        "dated": dated,
        "cutoff": cutoff(context),
        "rows": rows,
        "chart": line_chart("MAP@5 by months since last seen", [curve], label, "MAP@5", log_x=True, from_zero=True),
        "first": int((predictions["known"] & (predictions["last_seen"] == "")).sum()) if dated else 0,
        "new": int((~predictions["known"]).sum()),
        "undated": _undated(context.inputs.split),
    }


def cutoff(context: ReportContext) -> str:
    """The first day that was scored; `""` for a random split."""
    split = context.source.params.get("split") or {}
    return str(split.get("cutoff", "")) if split.get("strategy") == "time" else ""


def _undated(split: pd.DataFrame) -> int:
    """Photographs without a day in the train fold."""
    return int(((split["fold"] == "train") & (split["date"] == "")).sum()) if "date" in split else 0


def _rows(seen: pd.DataFrame) -> list[dict[str, Any]]:
    """Photographs, median of the months, MAP@5 and its interval over individuals, by span."""
    days = pd.to_datetime(seen["date"]) - pd.to_datetime(seen["last_seen"])
    months = days.dt.days.to_numpy(np.float64) / _DAYS
    bin_index = np.searchsorted([end for _, end in _BINS], months, side="right")
    rows = []
    for index, (name, _) in enumerate(_BINS):
        inside = bin_index == index
        ap = seen["ap"].to_numpy(np.float64)[inside]
        low, high = bootstrap(ap, seen["identity"].to_numpy(str)[inside], seed=0)
        row = {"name": name, "photographs": len(ap), "identities": int(seen["identity"][inside].nunique())}
        measured = {"middle": float(np.median(months[inside])), "map_at_5": float(ap.mean())} if len(ap) else {}
        rows.append({"middle": None, "map_at_5": None, **row, **measured, "low": low, "high": high})
    return rows

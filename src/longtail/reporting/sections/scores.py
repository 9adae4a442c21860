"""The scores in detail: by class count, by rank (CMC), by species, and recall by identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.reporting import ranks
from longtail.reporting.charts.axes import Axis, shared_axis
from longtail.reporting.charts.bars import bar_chart
from longtail.reporting.charts.interval import interval_chart
from longtail.reporting.charts.line import Series, line_chart
from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import MIN_PHOTOGRAPHS, number
from longtail.reporting.glossary import SLICES
from longtail.reporting.inputs import Inputs

TITLE = "Scores"
_MAX_ROWS = 30  # up to this many identities each has a row; of more, those with the lowest recall
_LOWEST = 10


def section(context: ReportContext) -> dict[str, Any]:
    """The scorecard, the CMC curve, the scores of each species where there are any, and recall by identity."""
    inputs = context.inputs
    return {
        "scorecard": _scorecard(inputs),
        "cmc": _cmc(inputs),
        "species": _species(inputs.metrics),
        "recall": _recall(inputs),
    }


def _scorecard(inputs: Inputs) -> dict[str, Any]:
    """A row a slice, with its interval; slices with fewer than `MIN_PHOTOGRAPHS` photographs are marked."""
    table = inputs.scorecard
    axis = shared_axis([number(value) for name in ("low", "map_at_5", "high") for value in table[name]])
    rows = [
        {
            **row,
            "name": SLICES.get(row["slice"], row["slice"]),
            "few": (number(row["photographs"]) or 0) < MIN_PHOTOGRAPHS,
            "empty": not number(row["photographs"]),
            "chart": interval_chart(number(row["low"]), number(row["map_at_5"]), number(row["high"]), axis),
        }
        for row in table.to_dict("records")
    ]
    return {"rows": rows, "axis": axis}


def _cmc(inputs: Inputs) -> dict[str, Any] | None:
    """The CMC curve with its intervals; None in runs that did not write ranks."""
    curve = ranks.closed_set(inputs)
    if curve is None:
        return None
    rank = [float(point.rank) for point in curve.points]
    series = [
        Series("identified", rank, [point.share for point in curve.points]),
        Series("lower end", rank, [point.low for point in curve.points]),
        Series("upper end", rank, [point.high for point in curve.points]),
    ]
    chart = line_chart("CMC curve of known individuals", series, "rank", "share identified", from_zero=True)
    return {**vars(curve), "chart": chart}


def _species(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """A row a species, and how many photographs show a known individual from a side that was never seen of it."""
    scores: Mapping[str, Mapping[str, Any]] = metrics.get("by_species") or {}
    rows = [{"name": name, "few": scores[name]["photographs"] < MIN_PHOTOGRAPHS, **scores[name]} for name in scores]
    return {"rows": rows, "out_of_reach": metrics.get("out_of_reach") or 0}


def _recall(inputs: Inputs) -> dict[str, Any]:
    """Recall of each identity; of many identities, a histogram and the lowest ones."""
    table = inputs.recall.assign(
        **{name: pd.to_numeric(inputs.recall[name]) for name in ("recall", "photographs", "class_count")}
    ).dropna(subset=["recall"])
    ordered = table.sort_values(["recall", "photographs", "identity"], ascending=[True, False, True])
    all_shown = len(ordered) <= _MAX_ROWS
    known = ordered[ordered["identity"] != ""]  # "" is "new", one row for all unknown individuals
    values = known["recall"]
    bins = {
        "none": int((values == 0).sum()),
        "up to ½": int(values.between(0, 0.5, inclusive="right").sum()),
        "over ½": int(values.between(0.5, 1, inclusive="neither").sum()),
        "all": int((values == 1).sum()),
    }
    rows = [
        {**row, "chart": interval_chart(None, row["recall"], None, Axis(0, 1))}
        for row in (ordered if all_shown else known[values < 1].head(_LOWEST)).to_dict("records")
    ]
    title = "Identities by recall"
    return {
        "rows": rows,
        "all_shown": all_shown,
        "identities": len(known),
        "bins": bins,
        "photographs": int(known["photographs"].sum()),
        "chart": bar_chart(title, list(bins), list(bins.values()), "recall", "identities"),
        "balanced": inputs.metrics.get("balanced_accuracy"),
    }

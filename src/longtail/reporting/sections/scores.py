"""The score in detail: by class count, and identity by identity."""

from __future__ import annotations

from typing import Any

import pandas as pd

from longtail.reporting.charts.axes import Axis, shared_axis
from longtail.reporting.charts.bars import bar_chart
from longtail.reporting.charts.interval import interval_chart
from longtail.reporting.formatting import ENOUGH, number
from longtail.reporting.glossary import SLICES
from longtail.reporting.inputs import Inputs

FEW = 30
"""Up to this many identities each has a row of its own; above, those that are found least."""
_LEAST = 10


def scorecard(inputs: Inputs) -> dict[str, Any]:
    """A row a slice, with its interval; slices under `ENOUGH` photographs are marked."""
    table = inputs.scorecard
    axis = shared_axis([number(value) for name in ("low", "map_at_5", "high") for value in table[name]])
    rows = [
        {
            **row,
            "name": SLICES.get(row["slice"], row["slice"]),
            "few": (number(row["photographs"]) or 0) < ENOUGH,
            "empty": not number(row["photographs"]),
            "bar": interval_chart(number(row["low"]), number(row["map_at_5"]), number(row["high"]), axis),
        }
        for row in table.to_dict("records")
    ]
    return {"rows": rows, "axis": axis}


def recall(inputs: Inputs) -> dict[str, Any]:
    """How many photographs of each identity had its name first: all of few identities, the least found of many."""
    table = inputs.recall.assign(
        **{name: pd.to_numeric(inputs.recall[name]) for name in ("recall", "photographs", "class_count")}
    ).dropna(subset=["recall"])
    ordered = table.sort_values(["recall", "photographs", "identity"], ascending=[True, False, True])
    few = len(ordered) <= FEW
    named = ordered[ordered["identity"] != ""]  # "" is "new", one row for all that nobody has named
    found = named["recall"]
    bins = {
        "none": int((found == 0).sum()),
        "up to half": int(found.between(0, 0.5, inclusive="right").sum()),
        "more than half": int(found.between(0.5, 1, inclusive="neither").sum()),
        "all": int((found == 1).sum()),
    }
    rows = [
        {**row, "bar": interval_chart(None, row["recall"], None, Axis(0, 1))}
        for row in (ordered if few else named.head(_LEAST)).to_dict("records")
    ]
    title = "Identities by how many of their photographs are named rightly at once"
    return {
        "rows": rows,
        "few": few,
        "identities": len(named),
        "bins": bins,
        "photographs": int(named["photographs"].sum()),
        "chart": bar_chart(title, list(bins), list(bins.values()), "photographs named rightly", "identities"),
        "balanced": inputs.metrics.get("balanced_accuracy"),
    }

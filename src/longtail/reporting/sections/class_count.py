"""Every strategy by class count, as charts and as text.

One network was trained and its embeddings are fixed, so a strategy "leads" and none is called the best; two networks
are compared by `benchmarks/which_strategy.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.reporting.charts.axes import shared_axis
from longtail.reporting.charts.dot_grid import Column, Dot, dot_grid
from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import MIN_PHOTOGRAPHS, count, interval, number, quantity, score, signed
from longtail.reporting.glossary import CLASS_COUNTS, CLASSIFIERS, SLICES, STRATEGIES, classifier, pair, strategy

_SHORT = {"1": "count 1", "2-4": "2–4", "5-9": "5–9", "10+": "10+"}
TITLE = "Strategies by class count"
_SLICES = (*CLASS_COUNTS, "known (closed)", "all (open)")
_MAX_NAMED = 3  # pairs named in a sentence
Leaders = Mapping[str, tuple[str, str]]


def section(context: ReportContext) -> dict[str, Any]:
    """A grid for each classifier, and a paragraph for each class count."""
    measured, winners = context.inputs.per_class_count, context.inputs.winners
    rows = [row for row in winners.to_dict("records") if row["slice"] in _SLICES]
    rows.sort(key=lambda row: _SLICES.index(row["slice"]))
    leaders = {row["slice"]: (row["strategy"], row["classifier"]) for row in rows if row["verdict"] == "leads"}
    return {"panels": panels(measured, leaders), "slices": [_slice(row, measured) for row in rows]}


def panels(measured: pd.DataFrame, leaders: Leaders) -> list[dict[str, Any]]:
    """A grid for each classifier: strategies down, class counts across, closed MAP@5 along each axis.

    Every class count has one axis in all grids; its reference line is the same classifier without balancing.

    Args:
        measured: per_class_count.csv.
        leaders: {slice: (strategy, classifier)} of the slices where one leads.

    Returns:
        Name, meaning and chart of each classifier.
    """
    counted = measured[measured["slice"].isin(CLASS_COUNTS)]
    ends = ["low", "map_at_5", "high"]
    axes = {
        name: shared_axis([number(value) for value in rows[ends].to_numpy().ravel()], from_zero=False)
        for name, rows in counted.groupby("slice", sort=False)
    }
    grids = []
    for name in _in_order(counted["classifier"], CLASSIFIERS):
        own = counted[counted["classifier"] == name]
        cells = {(row["strategy"], row["slice"]): row for row in own.to_dict("records")}
        columns = [
            Column(_SHORT[each], _note(own, each), axes[each], number(cells.get(("none", each), {}).get("map_at_5")))
            for each in CLASS_COUNTS
            if each in axes
        ]
        rows = [
            (strategy(one), [_dot(cells.get((one, each)), leaders) for each in CLASS_COUNTS if each in axes])
            for one in _in_order(own["strategy"], STRATEGIES)
        ]
        title = f"{classifier(name)}: closed MAP@5 by strategy and class count"
        meaning = CLASSIFIERS.get(name, ("", ""))[1]
        grids.append({"name": classifier(name), "meaning": meaning, "svg": dot_grid(title, columns, rows)})
    return grids


def _in_order(names: pd.Series, terms: Mapping[str, Any]) -> list[str]:
    order = list(terms)
    return sorted(set(names), key=lambda name: (order.index(name) if name in order else len(order), name))


def _note(rows: pd.DataFrame, name: str) -> str:
    photographs = number(rows.loc[rows["slice"] == name, "photographs"].max()) or 0
    if photographs < MIN_PHOTOGRAPHS:
        return f"only {photographs:,.0f}" if photographs else "none"
    return f"{photographs:,.0f} photos"


def _dot(row: Mapping[Any, Any] | None, leaders: Leaders) -> Dot | None:
    value = None if row is None else number(row["map_at_5"])
    if row is None or value is None:
        return None
    low, high, above, below = (number(row[name]) for name in ("low", "high", "gain_low", "gain_high"))
    classes = []
    if (number(row["photographs"]) or 0) < MIN_PHOTOGRAPHS:
        classes.append("faint")
    if row["strategy"] != "none" and above is not None and below is not None and above <= 0 <= below:
        classes.append("noise")
    if leaders.get(row["slice"]) == (row["strategy"], row["classifier"]):
        classes.append("leads")
    title = f"{pair(row['classifier'], row['strategy'])}: {score(value)} ({interval(low, high)})"
    return Dot(low, value, high, " ".join(classes), title)


def _slice(row: Mapping[Any, Any], measured: pd.DataFrame) -> dict[str, Any]:
    """The leader of one slice: its lead, its cost, and which pairs beat no balancing."""
    facts = {
        "slice": row["slice"],
        "name": SLICES[row["slice"]],
        "photographs": quantity(row["photographs"], "photograph"),
    }
    facts |= {"verdict": row["verdict"], "pair": "", "lead": "", "tied": False, "cost": "", "gains": ""}
    if row["verdict"] == "too_few" or not isinstance(row["strategy"], str):
        return facts
    facts |= {"pair": pair(row["classifier"], row["strategy"]), "score": score(row["map_at_5"])}
    if isinstance(row["next_strategy"], str):
        following = pair(row["next_classifier"], row["next_strategy"])
        facts["tied"] = row["lead"] == 0
        lead = f"{signed(row['lead'])} ({interval(row['lead_low'], row['lead_high'], signed)}) above the next"
        facts["lead"] = f"as high as {following}" if facts["tied"] else f"{lead}, {following}"
    keys = ("strategy", "classifier", "slice")
    own = measured[(measured[list(keys)] == [row[key] for key in keys]).all(axis=1)]
    if len(own):
        facts |= {"cost": _cost(own.iloc[0]), "gains": _gains(measured[measured["slice"] == row["slice"]])}
    return facts


def _gains(rows: pd.DataFrame) -> str:
    """Which pairs differ significantly from no balancing with the same classifier, the largest gains first."""
    up = rows[rows["gain_low"] > 0].sort_values(["gain", "strategy", "classifier"], ascending=[False, True, True])
    down = rows[rows["gain_high"] < 0]
    named = [f"{pair(row['classifier'], row['strategy'])} ({signed(row['gain'])})" for row in up.to_dict("records")]
    more = f" and {len(named) - _MAX_NAMED} more" if len(named) > _MAX_NAMED else ""
    higher = (
        f"higher with {', '.join(named[:_MAX_NAMED])}{more}" if named else "no strategy scores significantly higher"
    )
    lower = "1 scores" if len(down) == 1 else f"{count(len(down)) if len(down) else 'none'} score"
    return f"{higher}; {lower} lower"


def _cost(row: pd.Series) -> str:
    parts = [quantity(row["rows"], "training row")]
    parts.append(f"{quantity(row['added'], 'image')} added" if number(row["added"]) else "no images added")
    if number(row["skipped"]):
        parts.append(f"{quantity(row['skipped'], 'identity', 'identities')} skipped")
    spread = number(row["seed_spread"])
    if spread:
        parts.append(f"range over seeds {score(spread)}")
    return ", ".join(parts)

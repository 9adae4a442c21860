"""Which approach for whom: every approach by class count, as one picture and in words.

One network was trained and its embeddings are fixed, so the words say "leads here" and name no winner; two networks
are compared by `benchmarks/which_approach.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.reporting.charts.axes import shared_axis
from longtail.reporting.charts.dot_grid import Column, Dot, dot_grid
from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import ENOUGH, count, gain, number, score, span, times
from longtail.reporting.glossary import APPROACHES, CLASS_COUNTS, IDENTITIES, SCORERS, approach, pair, scorer

_SHORT = {"1": "seen once", "2-4": "2–4 times", "5-9": "5–9 times", "10+": "10 or more"}
TITLE = "Which approach, for whom"
_MAX_NAMED = 3  # strategies that help, by name
Leaders = Mapping[str, tuple[str, str]]


def section(context: ReportContext) -> dict[str, Any]:
    """A grid for each classifier, and a paragraph for each class count."""
    measured, winners = context.inputs.per_class_count, context.inputs.winners
    rows = [row for row in winners.to_dict("records") if row["slice"] in IDENTITIES]
    rows.sort(key=lambda row: list(IDENTITIES).index(row["slice"]))
    leaders = {row["slice"]: (row["strategy"], row["classifier"]) for row in rows if row["verdict"] == "leads"}
    return {"panels": panels(measured, leaders), "slices": [_slice(row, measured) for row in rows]}


def panels(measured: pd.DataFrame, leaders: Leaders) -> list[dict[str, Any]]:
    """A grid for each scorer of `per_class_count.csv`: approaches down, class counts across, closed MAP@5 along.

    Every class count has one axis in all grids; the dashed line is the same scorer without balancing.
    """
    by_class_count = measured[measured["slice"].isin(CLASS_COUNTS)]
    ends = ["low", "map_at_5", "high"]
    axes = {
        name: shared_axis([number(value) for value in rows[ends].to_numpy().ravel()], from_zero=False)
        for name, rows in by_class_count.groupby("slice", sort=False)
    }
    grids = []
    for name in _in_order(by_class_count["classifier"], SCORERS):
        own = by_class_count[by_class_count["classifier"] == name]
        cells = {(row["strategy"], row["slice"]): row for row in own.to_dict("records")}
        columns = [
            Column(_SHORT[each], _note(own, each), axes[each], number(cells.get(("none", each), {}).get("map_at_5")))
            for each in CLASS_COUNTS
            if each in axes
        ]
        rows = [
            (approach(one), [_dot(cells.get((one, each)), leaders) for each in CLASS_COUNTS if each in axes])
            for one in _in_order(own["strategy"], APPROACHES)
        ]
        title = f"{scorer(name)}: closed MAP@5 by approach and class count"
        meaning = SCORERS.get(name, ("", ""))[1]
        grids.append({"name": scorer(name), "meaning": meaning, "svg": dot_grid(title, columns, rows)})
    return grids


def _in_order(names: pd.Series, terms: Mapping[str, Any]) -> list[str]:
    order = list(terms)
    return sorted(set(names), key=lambda name: (order.index(name) if name in order else len(order), name))


def _note(rows: pd.DataFrame, name: str) -> str:
    photographs = number(rows.loc[rows["slice"] == name, "photographs"].max()) or 0
    if photographs < ENOUGH:
        return f"only {photographs:,.0f}" if photographs else "none"
    return f"{photographs:,.0f} photos"


def _dot(row: Mapping[Any, Any] | None, leaders: Leaders) -> Dot | None:
    value = None if row is None else number(row["map_at_5"])
    if row is None or value is None:
        return None
    low, high, above, below = (number(row[name]) for name in ("low", "high", "gain_low", "gain_high"))
    classes = []
    if (number(row["photographs"]) or 0) < ENOUGH:
        classes.append("faint")
    if row["strategy"] != "none" and above is not None and below is not None and above <= 0 <= below:
        classes.append("noise")
    if leaders.get(row["slice"]) == (row["strategy"], row["classifier"]):
        classes.append("leads")
    title = f"{pair(row['classifier'], row['strategy'])}: {score(value)} ({span(low, high)})"
    return Dot(low, value, high, " ".join(classes), title)


def _slice(row: Mapping[Any, Any], measured: pd.DataFrame) -> dict[str, Any]:
    """Who leads on one slice, by how much, at what cost, and whether that is more than noise."""
    facts = {"name": IDENTITIES[row["slice"]], "photographs": times(row["photographs"], "photograph")}
    facts |= {"verdict": row["verdict"], "pair": "", "lead": "", "cost": "", "help": ""}
    if row["verdict"] == "too_few" or not isinstance(row["strategy"], str):
        return facts
    facts |= {"pair": pair(row["classifier"], row["strategy"]), "score": score(row["map_at_5"])}
    if isinstance(row["next_strategy"], str):
        lead = f"{gain(row['lead'])} ({span(row['lead_low'], row['lead_high'], gain)})"
        facts["lead"] = f"{lead} before {pair(row['next_classifier'], row['next_strategy'])}, the next"
    keys = ("strategy", "classifier", "slice")
    own = measured[(measured[list(keys)] == [row[key] for key in keys]).all(axis=1)]
    if len(own):
        facts |= {"cost": _cost(own.iloc[0]), "help": _help(measured[measured["slice"] == row["slice"]])}
    return facts


def _help(rows: pd.DataFrame) -> str:
    """Which approaches differ from no balancing under the same scorer by more than noise, the largest gains first."""
    up = rows[rows["gain_low"] > 0].sort_values(["gain", "strategy", "classifier"], ascending=[False, True, True])
    down = rows[rows["gain_high"] < 0]
    named = [f"{pair(row['classifier'], row['strategy'])} ({gain(row['gain'])})" for row in up.to_dict("records")]
    more = f" and {len(named) - _MAX_NAMED} more" if len(named) > _MAX_NAMED else ""
    helps = f"helped by {', '.join(named[:_MAX_NAMED])}{more}" if named else "no approach helps by more than noise"
    return f"{helps}; {count(len(down)) if len(down) else 'none'} {'lose' if len(down) != 1 else 'loses'} by more"


def _cost(row: pd.Series) -> str:
    parts = [times(row["rows"], "row") + " to learn from"]
    parts.append(f"{times(row['added'], 'image')} added" if number(row["added"]) else "no image added")
    if number(row["skipped"]):
        parts.append(f"nothing done for {times(row['skipped'], 'identity', 'identities')} that it cannot help")
    spread = number(row["seed_spread"])
    if spread:
        parts.append(f"its seeds {score(spread)} apart")
    return ", ".join(parts)

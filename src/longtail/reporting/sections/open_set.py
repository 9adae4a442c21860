"""The open set: what the threshold trades, what another share of unknowns would change, and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.reporting.charts.line import Series, line_chart
from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import GAP, count, digits, number, percent, says, score, times
from longtail.reporting.inputs import Inputs

TITLE = "Who is new"
_NEARLY_ALL = 0.98  # the curve by threshold ends where this share of the photographs is called new, or known


def section(context: ReportContext) -> dict[str, Any]:
    """The threshold, the share of unknowns, calibration; `fitted` is False without an unknown photograph to fit on."""
    inputs = context.inputs
    return {
        "fitted": inputs.choice.get("threshold") is not None,
        "tradeoff": _tradeoff(inputs.threshold_curve),
        "shares": _shares(inputs.share_curve, number(inputs.identifier.get("unknown_share"))),
        "reliability": _reliability(inputs.reliability, inputs.metrics),
        "thresholds": _thresholds(inputs),
        "test": _test(inputs),
    }


def _tradeoff(curve: pd.DataFrame) -> dict[str, Any]:
    """What part of the new is found against what part of the known is wrongly sent away, and MAP@5 by threshold."""
    curve = curve.sort_values("threshold")
    chosen = curve[curve["chosen"].astype(bool)].to_dict("records")
    curve = curve[~curve["chosen"].astype(bool)]  # the chosen row is scored by halves: near the line, not on it
    called_new = curve["known_called_new"].fillna(curve["unknown_called_new"])  # without known photographs
    inside = curve[called_new.between(1 - _NEARLY_ALL, _NEARLY_ALL)]
    points = [(row["known_called_new"], row["unknown_called_new"]) for row in chosen]
    marks = [(row["threshold"], f"chosen {digits(row['threshold'])}") for row in chosen]
    detected = Series("new ones found", list(curve["known_called_new"]), list(curve["unknown_called_new"]))
    chance = Series("by chance", [0.0, 1.0], [0.0, 1.0])
    by_threshold = [
        Series(name, list(inside["threshold"]), list(inside[column]))
        for name, column in (
            ("open MAP@5", "open_map_at_5"),
            ("new ones said to be new", "unknown_called_new"),
            ("known ones said to be new", "known_called_new"),
        )
    ]
    return {
        "chosen": chosen[0] | {"text": says(chosen[0]["threshold"])} if chosen else None,
        "known": bool(curve["known_called_new"].notna().any()),
        "names": [line.name for line in by_threshold],
        "curve": line_chart(
            "New ones found against known ones sent away",
            [detected, chance],
            "known ones said to be new",
            "new ones said to be new",
            points=points,
        ),
        "chart": line_chart(
            "Scores by threshold", by_threshold, "threshold", "share, MAP@5", markers=marks, from_zero=True
        ),
    }


def _shares(curve: pd.DataFrame, expected: float | None) -> dict[str, Any]:
    """Open MAP@5 over the share of unknowns: with valid's own threshold, and with one fitted for that share."""
    curve = curve.sort_values("unknown_share")
    here = number(curve.loc[curve["is_valid"].astype(bool), "unknown_share"].max())
    marks = [(here, "valid")] if here is not None else []
    if expected is not None and (here is None or abs(expected - here) > 0.005):
        marks.append((expected, "expected"))
    columns = {"threshold for that share": "open_map_at_5_shifted", "valid's threshold": "open_map_at_5"}
    series = [Series(name, list(curve["unknown_share"]), list(curve[column])) for name, column in columns.items()]
    ends = [curve.iloc[index] for index in (0, -1)] if len(curve) > 1 else []
    return {
        "here": here,
        "expected": expected,
        "names": [line.name for line in series],
        "chart": line_chart(
            "Open MAP@5 by share of unknowns", series, "share of unknowns", "open MAP@5", markers=marks, from_zero=True
        ),
        "ends": [{**row, "share": percent(row["unknown_share"], 1)} for row in ends],
    }


def _reliability(table: pd.DataFrame, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The calibrated probability of being new, in bins: what was said beside what was so."""
    filled = table[table["photographs"] > 0]
    rows = [
        {
            "bin": f"{percent(row['bin_low'], 1)} to {percent(row['bin_high'], 1)}",
            "mean": percent(row["predicted"], 1),
            "was": percent(row["observed"], 1),
            "photographs": row["photographs"],
        }
        for row in filled.to_dict("records")
    ]
    series = [
        Series("was new", list(filled["predicted"]), list(filled["observed"])),
        Series("as it should be", [0.0, 1.0], [0.0, 1.0]),
    ]
    return {
        "rows": rows,
        "names": [line.name for line in series],
        "chart": line_chart(
            "How often it was new, by the probability said", series, "probability said", "share that was new"
        ),
        "brier": number(metrics.get("brier_new")),
        "base": number(metrics.get("brier_new_base")),
    }


def _thresholds(inputs: Inputs) -> list[tuple[str, str]]:
    """The thresholds from evaluate to predict, as facts."""
    identifier = inputs.identifier
    facts = [
        ("fitted on valid, against the gallery of the train fold", says(inputs.choice.get("threshold"))),
        ("after the refit, against the gallery of all labelled photographs", says(identifier.get("threshold"))),
        ("share of unknowns it is made for", percent(identifier.get("unknown_share"), 1)),
    ]
    return [(name, value) for name, value in facts if value != GAP]


def _test(inputs: Inputs) -> dict[str, Any] | None:
    """How many test photographs are said to be new, beside how many the probabilities expect."""
    table = inputs.decisions.dropna(subset=["probability_new"])
    if table.empty:
        return None
    return {
        "photographs": times(len(table), "test photograph"),
        "expected": f"{count(table['probability_new'].sum())} ({percent(table['probability_new'].mean(), 1)})",
        "sure": count((table["probability_new"] < 0.1).sum()),
        "mean": score(table["probability_new"].mean()),
    }

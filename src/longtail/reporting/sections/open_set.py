"""The open set: what the threshold trades, what another share of unknowns would change, and calibration."""

from __future__ import annotations

from typing import Any

import pandas as pd

from longtail.reporting.charts.line import Series, line_chart
from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import (
    GAP,
    count,
    interval,
    number,
    percent,
    quantity,
    score,
    signed,
    significant,
    threshold_text,
)
from longtail.reporting.inputs import Inputs

TITLE = "Open set: new individuals"
_EVENTS = {"new": "a new individual", "first_candidate": "the first known candidate"}
_METRICS = {
    "calibration_error": "expected calibration error",
    "brier": "Brier score",
    "log_loss": "log loss",
    "auroc": "AUROC",
}
_NEARLY_ALL = 0.98  # the curve by threshold ends where this share of the photographs is called new, or known


def section(context: ReportContext) -> dict[str, Any]:
    """The threshold, the share of unknowns, calibration; `fitted` is False without an unknown photograph to fit on."""
    inputs = context.inputs
    ranking = inputs.choice.get("ranking") or {}
    by_probability = ranking.get("rule") == "probability"
    return {
        "by_probability": by_probability,
        "why_ranked": ranking.get("why", ""),
        "fitted": inputs.choice.get("threshold") is not None,
        "tradeoff": _tradeoff_by_share(inputs.share_curve) if by_probability else _tradeoff(inputs.threshold_curve),
        "shares": _shares(inputs.share_curve, number(inputs.identifier.get("unknown_share"))),
        "calibration": {"events": _events(inputs.reliability), "figures": _figures(inputs.calibration)},
        "thresholds": _thresholds(inputs, by_probability),
        "test": _test(inputs),
    }


def _tradeoff(curve: pd.DataFrame) -> dict[str, Any]:
    """Shares of new and of known individuals called new, by threshold, with MAP@5."""
    curve = curve.sort_values("threshold")
    chosen = curve[curve["chosen"].astype(bool)].to_dict("records")
    curve = curve[~curve["chosen"].astype(bool)]  # the chosen row is cross-fitted, so it lies beside the line
    called_new = curve["known_called_new"].fillna(curve["unknown_called_new"])  # without known photographs
    inside = curve[called_new.between(1 - _NEARLY_ALL, _NEARLY_ALL)]
    points = [(row["known_called_new"], row["unknown_called_new"]) for row in chosen]
    markers = [(row["threshold"], f"chosen {significant(row['threshold'])}") for row in chosen]
    by_threshold = [
        Series(name, list(inside["threshold"]), list(inside[column]))
        for name, column in (
            ("open MAP@5", "open_map_at_5"),
            ("new individuals detected", "unknown_called_new"),
            ("known individuals called new", "known_called_new"),
        )
    ]
    return {
        "chosen": chosen[0] | {"text": threshold_text(chosen[0]["threshold"])} if chosen else None,
        "known": bool(curve["known_called_new"].notna().any()),
        "names": [line.name for line in by_threshold],
        "curve": _roc(list(curve["known_called_new"]), list(curve["unknown_called_new"]), points),
        "chart": line_chart(
            "Scores by threshold", by_threshold, "threshold", "share, MAP@5", markers=markers, from_zero=True
        ),
    }


def _tradeoff_by_share(curve: pd.DataFrame) -> dict[str, Any]:
    """The same where probabilities rank: the share of new individuals that is expected moves them."""
    curve = curve.sort_values("unknown_share")
    chosen = curve[curve["is_valid"].astype(bool)].to_dict("records")
    points = [(row["known_called_new"], row["unknown_called_new"]) for row in chosen]
    known = bool(curve["known_called_new"].notna().any())
    roc = _roc([0.0, *curve["known_called_new"], 1.0], [0.0, *curve["unknown_called_new"], 1.0], points)
    return {"chosen": chosen[0] if chosen else None, "known": known, "names": [], "curve": roc, "chart": ""}


def _roc(known: list[float], new: list[float], points: list[tuple[float, float]]) -> str:
    lines = [Series("new individuals detected", known, new), Series("chance", [0.0, 1.0], [0.0, 1.0])]
    title = "ROC curve of detecting new individuals"
    return line_chart(title, lines, "known individuals called new", "new individuals detected", points=points)


def _shares(curve: pd.DataFrame, expected: float | None) -> dict[str, Any]:
    """Open MAP@5 by share of unknowns: with the threshold of `valid`, and with one fitted for that share."""
    curve = curve.sort_values("unknown_share")
    here = number(curve.loc[curve["is_valid"].astype(bool), "unknown_share"].max())
    markers = [(here, "validation")] if here is not None else []
    if expected is not None and (here is None or abs(expected - here) > 0.005):
        markers.append((expected, "expected"))
    columns = {"made for that share": "open_map_at_5_shifted", "made for the validation share": "open_map_at_5"}
    series = [Series(name, list(curve["unknown_share"]), list(curve[column])) for name, column in columns.items()]
    ends = [curve.iloc[index] for index in (0, -1)] if len(curve) > 1 else []
    return {
        "here": here,
        "expected": expected,
        "names": [line.name for line in series],
        "chart": line_chart(
            "Open MAP@5 by share of new individuals",
            series,
            "share of new individuals",
            "open MAP@5",
            markers=markers,
            from_zero=True,
        ),
        "ends": [{**row, "share": percent(row["unknown_share"], 1)} for row in ends],
    }


def _events(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The reliability diagram of each event, in bins of equal count: mean probability, and the share that happened."""
    return [_reliability(name, rows) for name, rows in table.groupby("event", sort=False)]


def _reliability(event: Any, table: pd.DataFrame) -> dict[str, Any]:
    name = _EVENTS[str(event)]
    rows = [
        {
            "bin": f"{percent(row['lowest'], 1)} to {percent(row['highest'], 1)}",
            "mean": percent(row["predicted"], 1),
            "was": percent(row["observed"], 1),
            "photographs": row["photographs"],
        }
        for row in table.to_dict("records")
    ]
    series = [
        Series("this identifier", list(table["predicted"]), list(table["observed"])),
        Series("perfect calibration", [0.0, 1.0], [0.0, 1.0]),
    ]
    chart = line_chart(f"Reliability of the probability of {name}", series, "predicted probability", "observed share")
    return {"key": event, "name": name, "rows": rows, "names": [line.name for line in series], "chart": chart}


def _figures(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a metric of each event: its value, and its difference to what is said without a calibration."""
    return [
        {
            "key": f"{row['event']}_{row['metric']}",
            "event": _EVENTS[row["event"]],
            "metric": _METRICS[row["metric"]],
            "value": f"{score(row['value'])} [{interval(row['low'], row['high'])}]",
            "baseline": GAP if pd.isna(row["baseline"]) else f"{row['baseline']}: {score(row['baseline_value'])}",
            "difference": GAP
            if number(row["difference"]) is None
            else f"{signed(row['difference'])} [{interval(row['difference_low'], row['difference_high'], signed)}]",
        }
        for row in table.to_dict("records")
    ]


def _thresholds(inputs: Inputs, by_probability: bool) -> list[tuple[str, str]]:
    """(name, value) of the threshold as fitted and after refitting, and of the share of unknowns."""
    identifier = inputs.identifier
    facts = [
        ("fitted on valid, gallery of the train fold", threshold_text(inputs.choice.get("threshold"))),
        ("after refitting, gallery of all labelled photographs", threshold_text(identifier.get("threshold"))),
        ("share of new individuals it is made for", percent(identifier.get("unknown_share"), 1)),
    ]
    return [(name, value) for name, value in facts[2 * by_probability :] if value != GAP]


def _test(inputs: Inputs) -> dict[str, Any] | None:
    """How many test photographs show new individuals by the calibrated probabilities."""
    table = inputs.decisions.dropna(subset=["probability_new"])
    if table.empty:
        return None
    return {
        "photographs": quantity(len(table), "test photograph"),
        "expected": f"{count(table['probability_new'].sum())} ({percent(table['probability_new'].mean(), 1)})",
    }

"""The first screen: the honest score beside the trivial baselines and a leaked one, and what it was scored on."""

from __future__ import annotations

from typing import Any

from longtail.reporting import warnings
from longtail.reporting.charts.axes import Axis, shared_axis
from longtail.reporting.charts.interval import interval_chart
from longtail.reporting.formatting import number, score, spoken, times
from longtail.reporting.glossary import BASELINES, pair
from longtail.reporting.inputs import Inputs

_BASELINES = {warnings.UNTRAINED: "the untrained network"}
_SHOWN = {"worse": "worse than", "no difference shown": "no difference shown to"}


def headline(inputs: Inputs) -> dict[str, Any]:
    """What `summary.html.j2` shows."""
    rows, axis = _rows(inputs)
    return {
        "facts": inputs.verdict["facts"],
        "metrics": inputs.metrics,
        "model": inputs.model,
        "choice": inputs.choice,
        **_taught(inputs),
        "rows": rows,
        "best": axis.high,
        "audit": {row["protocol"]: row for row in inputs.leak_audit.to_dict("records")},
        "title": _title(inputs),
        "warnings": warnings.plain(inputs),
    }


def _title(inputs: Inputs) -> str:
    """The score in one line, and no more than it shows."""
    score_of = f"Open MAP@5 {score(inputs.metrics.get('open_map_at_5'))}"
    verdicts = warnings.verdicts(inputs)
    named = {
        shown: " or ".join(_BASELINES.get(name, spoken(name)) for name, each in verdicts.items() if each == shown)
        for shown in verdicts.values()
    }
    said = [f"{words} {named[shown]}" for shown, words in _SHOWN.items() if shown in named]
    if "too few to say" in named:
        photographs = times(inputs.metrics.get("photographs"), "photograph is", "photographs are")
        said.append(f"{photographs} too few to say more")
    line = f"{score_of}: {'; '.join(said)}" if said else f"{score_of}, clearly above every trivial baseline"
    return f"The network hardly learned. {line}" if inputs.model.get("hardly_learned") else line


def _taught(inputs: Inputs) -> dict[str, int]:
    """What the network learned from: identities, photographs, and photographs of the train fold that it did not see."""
    classes = set(inputs.model.get("classes", []))
    fold = inputs.split[inputs.split["fold"] == "train"]
    seen = int(fold["identity"].isin(classes).sum())
    return {"classes": len(classes - {""}), "trained_on": seen, "not_shown": len(fold) - seen}


def _rows(inputs: Inputs) -> tuple[list[dict[str, Any]], Axis]:
    """The identifier's score, then the baselines, best first; and the axis of their bars."""
    metrics, table = inputs.metrics, inputs.baselines
    verdicts = warnings.verdicts(inputs)
    ours = [number(metrics.get(f"open_map_at_5{end}")) for end in ("_low", "", "_high")]
    others = table.sort_values(["open_map_at_5", "baseline"], ascending=[False, True]).to_dict("records")
    axis = shared_axis([*ours, *(number(row["open_map_at_5"]) for row in others)])
    first = {
        "name": "this identifier",
        "meaning": pair(inputs.choice["scorer"], inputs.choice["approach"]),
        "chosen": True,
        "open_map_at_5": ours[1],
        "closed_map_at_5": metrics.get("closed_map_at_5"),
        "low": ours[0],
        "high": ours[2],
        "bar": interval_chart(ours[0], ours[1], ours[2], axis, chosen=True),
    }
    return [first, *(_baseline(row, verdicts[row["baseline"]], axis) for row in others)], axis


def _baseline(row: dict[Any, Any], verdict: str, axis: Axis) -> dict[str, Any]:
    return {
        **row,
        "name": spoken(row["baseline"]),
        "verdict": verdict,
        "meaning": BASELINES.get(row["baseline"], ""),
        "chosen": False,
        "bar": interval_chart(None, number(row["open_map_at_5"]), None, axis),
    }

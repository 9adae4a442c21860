"""The first sheet: the data, the run, the score with its warnings, what to do next, and the baselines."""

from __future__ import annotations

from typing import Any

from longtail.artifacts import SUBMISSION
from longtail.metrics import network_choice, without_score
from longtail.reporting import next_steps, ranks, train_settings, warnings
from longtail.reporting.charts.axes import Axis, shared_axis
from longtail.reporting.charts.interval import interval_chart
from longtail.reporting.context import PageSource, ReportContext
from longtail.reporting.formatting import display_name, number, quantity, score
from longtail.reporting.glossary import BASELINES, CLASS_COUNTS, SLICES, VERDICTS, pair
from longtail.reporting.inputs import Inputs
from longtail.reporting.sections.last_seen import cutoff

TITLE = "Summary"
_BASELINES = {warnings.UNTRAINED: "the untrained network"}
_VERBS = {"train": "trained", "evaluate": "scored"}
_SHOWN = 8  # hexadecimal digits of a hash
_VERDICTS = {"worse": "worse than", "no difference shown": "not significantly different from"}


def section(context: ReportContext) -> dict[str, Any]:
    """The score and its warnings; the model card shows the same values."""
    inputs = context.inputs
    rows, axis = _rows(inputs)
    return {
        "facts": inputs.verdict["facts"],
        "data": _data(context.source),
        "runs": _runs(context.source),
        "submission": context.source.hashes[SUBMISSION][:_SHOWN],
        "ranked": [point for point in ranks.open_set(inputs).points if point.rank in (1, ranks.TOP_K)],
        "by_class_count": _by_class_count(inputs),
        "next": next_steps.next_steps(context),
        "metrics": inputs.metrics,
        "model": inputs.model,
        "unscored": unscored(inputs),
        "not_trained": train_settings.in_words(inputs.model) if train_settings.is_untrained(inputs.model) else "",
        "choice": inputs.choice,
        "answers_by": network_choice.in_words(network_choice.of_record(inputs.choice)),
        "cutoff": cutoff(context),
        **_trained_on(inputs),
        "rows": rows,
        "axis": axis,
        "leakage": {row["protocol"]: row for row in inputs.leakage_demo.to_dict("records")},
        "title": _title(inputs),
        "warnings": warnings.collect(inputs, context.source.unknown_label),
    }


def unscored(inputs: Inputs) -> dict[str, Any] | None:
    """What the network that answers learned from, where it is not the one that was scored; else None."""
    network: dict[str, Any] = inputs.identifier.get("network", {})
    return network if without_score.has_none(network) else None


def _data(source: PageSource) -> dict[str, str]:
    """Name and version of the data."""
    version = ", ".join(f"{name} {md5[:_SHOWN]}" for name, md5 in source.data_version.items())
    return {"name": "The drawn sample" if source.is_drawn else "data/raw", "version": version}


def _runs(source: PageSource) -> list[dict[str, Any]]:
    """When the network was trained and scored, to the minute, and from which commit."""
    return [
        {
            "verb": _VERBS[stage],
            "started": f"{run.started[:16].replace('T', ' ')} UTC",
            "commit": run.commit[:_SHOWN] or "unknown",
            "dirty": run.dirty,
        }
        for stage, run in source.runs.items()
    ]


def _by_class_count(inputs: Inputs) -> list[dict[Any, Any]]:
    """The scorecard's rows by class count that have photographs."""
    table = inputs.scorecard[inputs.scorecard["slice"].isin(CLASS_COUNTS)]
    return [{**row, "name": SLICES[row["slice"]]} for row in table.to_dict("records") if number(row["photographs"])]


def _title(inputs: Inputs) -> str:
    """The score in one line, and what its differences to the baselines show."""
    open_score = f"Open MAP@5 {score(inputs.metrics.get('open_map_at_5'))}"
    verdicts = warnings.verdicts(inputs)
    baselines = {
        verdict: " or ".join(
            _BASELINES.get(name, display_name(name)) for name, each in verdicts.items() if each == verdict
        )
        for verdict in verdicts.values()
    }
    claims = [f"{text} {baselines[verdict]}" for verdict, text in _VERDICTS.items() if verdict in baselines]
    if "too few to say" in baselines:
        photographs = quantity(inputs.metrics.get("photographs"), "photograph is", "photographs are")
        claims.append(f"{photographs} too few to claim more")
    line = f"{open_score}: {'; '.join(claims)}" if claims else f"{open_score}, significantly better than every baseline"
    return f"The network hardly learned. {line}" if inputs.model.get("hardly_learned") else line


def _trained_on(inputs: Inputs) -> dict[str, int]:
    """Classes and photographs of the training, and photographs of the train fold that it left out."""
    classes = set(inputs.model.get("classes", []))
    fold = inputs.split[inputs.split["fold"] == "train"]
    used = int(fold["identity"].isin(classes).sum())
    return {"classes": len(classes - {""}), "trained_on": used, "not_trained_on": len(fold) - used}


def _rows(inputs: Inputs) -> tuple[list[dict[str, Any]], Axis]:
    """The identifier, then the baselines, best first; and the axis that their charts share."""
    metrics, table = inputs.metrics, inputs.baselines
    verdicts = warnings.verdicts(inputs)
    ours = [number(metrics.get(f"open_map_at_5{end}")) for end in ("_low", "", "_high")]
    others = table.sort_values(["open_map_at_5", "baseline"], ascending=[False, True]).to_dict("records")
    axis = shared_axis([*ours, *(number(row["open_map_at_5"]) for row in others)])
    identifier = {
        "key": "identifier",
        "name": "this identifier",
        "meaning": pair(inputs.choice["classifier"], inputs.choice["strategy"]),
        "chosen": True,
        "open_map_at_5": ours[1],
        "closed_map_at_5": metrics.get("closed_map_at_5"),
        "low": ours[0],
        "high": ours[2],
        "chart": interval_chart(ours[0], ours[1], ours[2], axis, chosen=True),
    }
    return [identifier, *(_baseline(row, verdicts[row["baseline"]], axis) for row in others)], axis


def _baseline(row: dict[Any, Any], verdict: str, axis: Axis) -> dict[str, Any]:
    return {
        **row,
        "key": row["baseline"],
        "name": display_name(row["baseline"]),
        "verdict": verdict,
        "verdict_text": VERDICTS.get(verdict, verdict),
        "meaning": BASELINES.get(row["baseline"], ""),
        "chosen": False,
        "chart": interval_chart(None, number(row["open_map_at_5"]), None, axis),
    }

"""Every strategy with every classifier on the same embeddings, and how one pair was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from longtail.metrics import network_choice
from longtail.reporting.charts.axes import shared_axis
from longtail.reporting.charts.interval import interval_chart
from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import number, threshold_text
from longtail.reporting.glossary import CLASSIFIERS, RERANKINGS, STRATEGIES, classifier, pair, reranking, strategy

TITLE = "Strategies and classifiers compared"
_BY_CLASS_COUNT = ("seen_1", "seen_2_4", "seen_5_9", "seen_10")
"""Columns of leaderboard.csv: closed MAP@5 by class count."""
_AVERAGED = (
    "open_map_at_5",
    "low",
    "high",
    "closed_map_at_5",
    "accuracy",
    "balanced_accuracy",
    *_BY_CLASS_COUNT,
    "rows",
    "added",
    "skipped",
)

_NETWORKS = {
    network_choice.TRAINED: "by the trained network",
    network_choice.PRETRAINED: "by the pretrained network",
    network_choice.BOTH: "by the trained and the pretrained network",
}
NOT_RERANKED = "none"
_MAX_ROWS = 5  # the others are folded away


def section(context: ReportContext) -> dict[str, Any]:
    """A row for each pair, the mean over its seeds, best first; the chosen one is marked."""
    inputs = context.inputs
    grouped = inputs.leaderboard.groupby(["strategy", "classifier"], sort=True)
    means = grouped[list(_AVERAGED)].mean()
    means["seeds"] = grouped["seed"].nunique()
    means["chosen"] = grouped["chosen"].any()
    means["spread"] = grouped["open_map_at_5"].max() - grouped["open_map_at_5"].min()
    means = means.reset_index().sort_values(["open_map_at_5", "strategy", "classifier"], ascending=[False, True, True])
    axis = shared_axis(
        [number(value) for name in ("low", "open_map_at_5", "high") for value in means[name]], from_zero=False
    )
    rows = [
        {
            **row,
            "strategy_name": strategy(row["strategy"]),
            "classifier_name": classifier(row["classifier"]),
            "chart": interval_chart(
                number(row["low"]), number(row["open_map_at_5"]), number(row["high"]), axis, chosen=bool(row["chosen"])
            ),
        }
        for row in means.to_dict("records")
    ]
    return {
        "rows": [row for index, row in enumerate(rows) if index < _MAX_ROWS or row["chosen"]],
        "rest": [row for index, row in enumerate(rows) if index >= _MAX_ROWS and not row["chosen"]],
        "axis": axis,
        "several_seeds": bool((means["seeds"] > 1).any()),
        "why": _reason(str(inputs.choice.get("why") or ""), rows),
        "chosen": pair(inputs.choice["classifier"], inputs.choice["strategy"]),
        "networks": _reason(network_choice.of_record(inputs.choice).get("why", ""), rows),
        "reranking": _reranking(inputs.choice),
        "halves": _halves(inputs.choice),
        "marks": _marks(inputs.choice, inputs.metrics),
        "glossary": {
            "strategies": _glossary(means["strategy"], STRATEGIES),
            "classifiers": _glossary(means["classifier"], CLASSIFIERS),
        },
    }


def _glossary(names: Iterable[str], terms: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    used = set(names)
    return [(name, f"{title}: {meaning}") for name, (title, meaning) in terms.items() if name in used]


def _reason(why: str, rows: Iterable[Mapping[Any, Any]]) -> str:
    """The reason with the names of the page: `linear_probe under none` as `linear probe with no balancing`."""
    for row in rows:
        why = why.replace(f"{row['classifier']} under {row['strategy']}", pair(row["classifier"], row["strategy"]))
    return why


def _reranking(choice: Mapping[str, Any]) -> str:
    """What re-ranking the chosen classifier gave; `""` where nothing was tried."""
    why = str((choice.get("reranking") or {}).get("why") or "")
    for name in RERANKINGS:
        why = why.replace(name, reranking(name))
    return why


def _marks(choice: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Whether the marks that match count, and why; `""` where none were compared."""
    if metrics.get("local_matching_gain") is None:
        return ""
    entry = choice["local_matching"]
    return f"{'they count' if entry['used'] else 'they do not count'}: {entry['why']}"


def _halves(choice: dict[str, Any]) -> list[dict[str, str]]:
    """What was chosen on each half of `valid`, and the half that it was then scored on."""
    rows = []
    for half, other in (("a", "b"), ("b", "a")):
        chosen = choice.get(f"chosen_on_half_{half}")
        if chosen:
            rows.append({"half": half, "other": other, "chosen": _in_words(chosen)})
    return rows


def _in_words(chosen: Mapping[str, Any]) -> str:
    """Classifier and strategy, with the steps that were chosen after them, and what ranks the answers."""
    method = chosen.get("reranking", NOT_RERANKED)
    steps = [pair(chosen["classifier"], chosen["strategy"])]
    steps += [_NETWORKS[network]] if (network := chosen.get(network_choice.KEY)) else []
    steps += [] if method == NOT_RERANKED else [reranking(method)]
    steps += ["marks that match"] if chosen.get("local_matching") else []
    by_probability = chosen.get("ranking") == "probability"
    ranked = "ranked by probability" if by_probability else threshold_text(chosen.get("threshold"))
    return f"{', '.join(steps)}; {ranked}"

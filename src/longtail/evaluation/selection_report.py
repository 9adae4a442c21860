"""`choice.json`: the selected candidate, and the reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult, Selection
from longtail.evaluation.scorecard import BootstrapConfig, interval
from longtail.metrics import difference
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.eval_set import EvalSet


@dataclass(frozen=True)
class Selections:
    """What was selected on each half, and on all of `valid`: the last is what `predict` refits."""

    on_a: Selection
    on_b: Selection
    on_all: Selection


def choice_record(
    candidates: Sequence[Candidate],
    results: Sequence[Sequence[CrossFitResult]],
    selections: Selections,
    eval_set: EvalSet,
    bootstrap: BootstrapConfig,
) -> dict[str, Any]:
    """The entries of `choice.json`: what `predict` refits, and why.

    Args:
        candidates: what was compared.
        results: of each candidate, by seed.
        selections: on each half, and on all.
        eval_set: ground truth.
        bootstrap: of the interval.

    Returns:
        Ready for JSON.
    """
    return {
        **_record(candidates, selections.on_all),
        "chosen_on_half_a": _record(candidates, selections.on_a),
        "chosen_on_half_b": _record(candidates, selections.on_b),
        "why": " ".join(_reasons(candidates, results, selections, eval_set, bootstrap)),
    }


def _reasons(
    candidates: Sequence[Candidate],
    results: Sequence[Sequence[CrossFitResult]],
    selections: Selections,
    eval_set: EvalSet,
    bootstrap: BootstrapConfig,
) -> list[str]:
    selected = candidates[selections.on_all.candidate]
    on_a, on_b = candidates[selections.on_a.candidate].name, candidates[selections.on_b.candidate].name
    seeds = len(selected.other_seeds) + 1
    score = f"averaged over {seeds} seeds; `predict` fits it with the first" if seeds > 1 else "with one threshold"
    sentences = [f"{selected.name} has the highest open MAP@5 on the held-out photographs ({score})."]
    if on_a == on_b == selected.name:
        sentences.append("Either half of them alone gives the same choice.")
    else:
        sentences.append(
            f"Half a of them alone gives {on_a}, half b {on_b}: the reported score is of these, each on the other half."
        )
    sentences += _lead(candidates, results, selections.on_all.candidate, eval_set, bootstrap)
    if selections.on_all.threshold is None:
        sentences.append("None of them shows an unknown individual, so there is no threshold, and open = closed.")
    if selected.classifier == "trained_head":
        sentences.append(
            "It is part of the network, which `predict` does not train again: it never names an individual that only "
            "held-out photographs show."
        )
    return sentences


def _lead(
    candidates: Sequence[Candidate],
    results: Sequence[Sequence[CrossFitResult]],
    selected: int,
    eval_set: EvalSet,
    bootstrap: BootstrapConfig,
) -> list[str]:
    """The paired difference to the best of the others, each scored by its own two halves, mean over seeds."""
    if len(candidates) == 1:
        return ["Nothing else was tried."]
    precision = [
        np.mean([average_precision(result.open, eval_set.truth) for result in seeds], axis=0) for seeds in results
    ]
    others = [index for index in range(len(candidates)) if index != selected]
    second = max(others, key=lambda index: precision[index].mean().round(9))
    lead = precision[selected] - precision[second]
    low, high = interval(lead, eval_set, np.ones(len(lead), dtype=bool), bootstrap)
    meaning = {
        "better": "better",
        "worse": "worse, each half scored by what was fitted on the other; with one threshold for all it is the best",
        "no difference shown": "no difference shown",
        "too few to say": f"too few photographs to say which is better (under {difference.ENOUGH})",
    }
    verdict = difference.verdict(low, high) if len(lead) >= difference.ENOUGH else "too few to say"
    figures = f"{lead.mean():+.4f} [{low:+.4f}, {high:+.4f}]"
    return [f"Compared with the next best, {candidates[second].name}: {figures}, {meaning[verdict]}."]


def _record(candidates: Sequence[Candidate], selection: Selection) -> dict[str, Any]:
    candidate = candidates[selection.candidate]
    return {"strategy": candidate.strategy, "classifier": candidate.classifier, "threshold": selection.threshold}

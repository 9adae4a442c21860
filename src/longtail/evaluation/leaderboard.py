"""The comparison as a table, and the choice in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation.model_selection import Chosen, Outcome, two_halves
from longtail.evaluation.scorecard import DIGITS, SEEN, Resampling, interval, seen
from longtail.metrics import difference
from longtail.metrics.accuracy import balanced_accuracy, top_k_accuracy
from longtail.metrics.intervals import bootstrap_columns
from longtail.metrics.map_at_k import average_precision, map_at_k
from longtail.recognition.classifiers.fit import Entry
from longtail.recognition.embeddings import Bools
from longtail.recognition.eval_set import Scored


@dataclass(frozen=True)
class Choices:
    """What the procedure chose on each half, and on all of `valid`: the last goes to `predict`."""

    on_a: Chosen
    on_b: Chosen
    on_all: Chosen


def approaches_table(
    entries: Sequence[Entry],
    outcomes: Sequence[Sequence[Outcome]],
    scored: Scored,
    chosen: int,
    seed: int,
    drawing: Resampling,
) -> pd.DataFrame:
    """A row an entry and seed: its own two-half score, its closed score by class count, and what it learned from."""
    every = [(place, step) for place in range(len(entries)) for step in range(len(outcomes[place]))]
    precision = [average_precision(outcomes[place][step].guesses, scored.truth) for place, step in every]
    clusters = np.asarray(scored.clusters)
    intervals = bootstrap_columns(np.stack(precision, axis=1), clusters, drawing.seed, drawing.resamples)
    rows = []
    for (place, step), found, (low, high) in zip(every, precision, intervals, strict=True):
        entry, outcome = entries[place], outcomes[place][step]
        rows.append(
            {
                "strategy": entry.approach,
                "classifier": entry.scorer,
                "seed": seed + step,
                "open_map_at_5": found.mean(),
                "low": low,
                "high": high,
                "closed_map_at_5": map_at_k(outcome.closed[scored.known], scored.truth[scored.known]),
                "accuracy": top_k_accuracy(outcome.guesses[:, :1], scored.truth),
                "balanced_accuracy": balanced_accuracy(outcome.guesses[:, 0], scored.truth),
                **{_column(name): _closed(outcome, scored, seen(scored, name)) for name in SEEN},
                "rows": entry.images,
                "added": entry.added,
                "skipped": entry.skipped,
                "chosen": place == chosen and step == 0,
            }
        )
    return pd.DataFrame(rows).round(DIGITS)


def seconds_table(entries: Sequence[Entry], seed: int) -> pd.DataFrame:
    """What each fit took. It differs between equal runs, so no stage depends on it."""
    rows = [
        {"strategy": entry.approach, "classifier": entry.scorer, "seed": seed + step, "seconds": round(took, 3)}
        for entry in entries
        for step, took in enumerate(entry.seconds)
    ]
    return pd.DataFrame(rows, columns=["strategy", "classifier", "seed", "seconds"])


def own_outcomes(entries: Sequence[Entry], scored: Scored, half_b: Bools) -> list[list[Outcome]]:
    """What each entry alone scores, seed by seed, its threshold fitted on one half and scored on the other."""
    return [
        [two_halves([replace(entry, candidates=found, others=())], scored.truth, half_b)[0] for found in seeds]
        for entry in entries
        for seeds in [(entry.candidates, *entry.others)]
    ]


def choice_record(
    entries: Sequence[Entry],
    outcomes: Sequence[Sequence[Outcome]],
    choices: Choices,
    scored: Scored,
    drawing: Resampling,
) -> dict[str, Any]:
    """`choice.json`: what `predict` refits, and why."""
    return {
        **_told(entries, choices.on_all),
        "chosen_on_half_a": _told(entries, choices.on_a),
        "chosen_on_half_b": _told(entries, choices.on_b),
        "why": " ".join(_why(entries, outcomes, choices, scored, drawing)),
    }


def _why(
    entries: Sequence[Entry],
    outcomes: Sequence[Sequence[Outcome]],
    choices: Choices,
    scored: Scored,
    drawing: Resampling,
) -> list[str]:
    chosen = choices.on_all.entry
    halves = entries[choices.on_a.entry].name, entries[choices.on_b.entry].name
    over = "the mean over its seeds, the first is refitted" if entries[chosen].others else "its threshold fitted there"
    said = [f"{entries[chosen].name} has the highest open MAP@5 on valid ({over})."]
    if halves == (entries[chosen].name,) * 2:
        said.append("Both halves chose it too.")
    else:
        said.append(f"Half a chose {halves[0]}, half b {halves[1]}; the reported score is theirs.")
    said += _lead(entries, outcomes, chosen, scored, drawing)
    if choices.on_all.threshold is None:
        said.append("No photograph of valid is unknown: no threshold is fitted, new is never said, open = closed.")
    if entries[chosen].scorer == "trained_head":
        said.append("It cannot be refitted: predict uses it as trained, without the identities of valid alone.")
    return said


def _lead(
    entries: Sequence[Entry], outcomes: Sequence[Sequence[Outcome]], chosen: int, scored: Scored, drawing: Resampling
) -> list[str]:
    """The paired difference to the best of the others, each scored by its own two halves, mean over seeds."""
    if len(entries) == 1:
        return ["There was nothing else to choose from."]
    precision = [
        np.mean([average_precision(outcome.guesses, scored.truth) for outcome in seeds], axis=0) for seeds in outcomes
    ]
    others = [place for place in range(len(entries)) if place != chosen]
    second = max(others, key=lambda place: precision[place].mean().round(9))
    lead = precision[chosen] - precision[second]
    low, high = interval(lead, scored, np.ones(len(lead), dtype=bool), drawing)
    words = {
        "better": "more than noise",
        "worse": "worse by more than noise, chosen for its score with one threshold fitted on all of valid",
        "no difference shown": "which is within the noise",
        "too few to say": f"under {difference.ENOUGH} photographs that names no winner",
    }
    said = (
        f"The best of the others is {entries[second].name}: {lead.mean():+.4f} to it (95%: {low:+.4f} to {high:+.4f})"
    )
    found = difference.verdict(low, high) if len(lead) >= difference.ENOUGH else "too few to say"
    return [f"{said}, {words[found]}."]


def _told(entries: Sequence[Entry], chosen: Chosen) -> dict[str, Any]:
    entry = entries[chosen.entry]
    return {"strategy": entry.approach, "classifier": entry.scorer, "threshold": chosen.threshold}


def _closed(outcome: Outcome, scored: Scored, rows: Bools) -> float:
    return map_at_k(outcome.closed[rows], scored.truth[rows])


def _column(name: str) -> str:
    return "seen_" + name.replace("-", "_").rstrip("+")

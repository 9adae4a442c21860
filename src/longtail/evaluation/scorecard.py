"""The scores, sliced by how much there was to learn from, each with its count and its interval over identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation.model_selection import Outcome
from longtail.metrics.accuracy import balanced_accuracy, top_k_accuracy
from longtail.metrics.auroc import auroc
from longtail.metrics.intervals import Interval, bootstrap
from longtail.metrics.map_at_k import average_precision, map_at_k
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.eval_set import Scored, names_of
from longtail.recognition.top_k import NEW

SEEN = {"1": (1, 1), "2-4": (2, 4), "5-9": (5, 9), "10+": (10, np.iinfo(np.int64).max)}
"""Slices of the known photographs by class count, both ends included."""
DIGITS = 6


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn."""

    seed: int = 0
    resamples: int = 1000


def scorecard(scored: Scored, outcome: Outcome, untrained: Outcome, drawing: Resampling) -> pd.DataFrame:
    """A row a slice. The whole and the unknown are scored open; the known and their class counts closed.

    `frozen_1nn` is the MAP@5 of `untrained`, that baseline, on the same photographs.
    """
    slices = [
        ("all (open)", np.ones(len(scored.truth), dtype=bool), False),
        ("known (closed)", scored.known, True),
        ("unknown", ~scored.known, False),
        *((name, seen(scored, name), True) for name in SEEN),
    ]
    card = []
    for name, rows, closed in slices:
        ours, theirs = ((given.closed if closed else given.guesses) for given in (outcome, untrained))
        beside = map_at_k(theirs[rows], scored.truth[rows]) if rows.any() else float("nan")
        card.append({**_row(name, scored, rows, ours, drawing), "frozen_1nn": beside})
    return pd.DataFrame(card).round(DIGITS)


def seen(scored: Scored, name: str) -> Bools:
    """The known photographs whose class count lies in that slice."""
    low, high = SEEN[name]
    return scored.known & (scored.class_count >= low) & (scored.class_count <= high)


def interval(values: np.ndarray, scored: Scored, rows: Bools, drawing: Resampling) -> Interval:
    """Bootstrap interval over identities of the mean of `values` on `rows`."""
    clusters = np.asarray(scored.clusters)[rows]
    return bootstrap(values[rows], clusters, drawing.seed, drawing.resamples)


def gains(scored: Scored, outcome: Outcome, baselines: Mapping[str, Outcome], drawing: Resampling) -> pd.DataFrame:
    """Every baseline's scores, and what `outcome` gains over it: the paired difference with its interval."""
    everyone = np.ones(len(scored.truth), dtype=bool)
    own = average_precision(outcome.guesses, scored.truth)
    rows = []
    for name, baseline in baselines.items():
        theirs = average_precision(baseline.guesses, scored.truth)
        low, high = interval(own - theirs, scored, everyone, drawing)
        closed = map_at_k(baseline.closed[scored.known], scored.truth[scored.known])
        values = {"open_map_at_5": theirs.mean(), "closed_map_at_5": closed, "gain": (own - theirs).mean()}
        rows.append({"baseline": name, **values, "gain_low": low, "gain_high": high})
    return pd.DataFrame(rows).round(DIGITS)


def metrics(
    scored: Scored, outcome: Outcome, half_b: Bools, card: pd.DataFrame, gained: pd.DataFrame
) -> dict[str, Any]:
    """The flat numbers of `metrics.json`; None for what these photographs cannot say."""
    by_slice = card.set_index("slice")
    values: dict[str, Any] = {}
    for name, kind in (("open_map_at_5", "all (open)"), ("closed_map_at_5", "known (closed)")):
        row = by_slice.loc[kind]
        values |= {name: row["map_at_5"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
    everyone = by_slice.loc["all (open)"]
    values |= {
        "accuracy": everyone["accuracy"],
        "closed_accuracy": by_slice.loc["known (closed)", "accuracy"],
        "balanced_accuracy": everyone["balanced_accuracy"],
        "auroc_known": _auroc_by_half(scored, outcome, half_b),
    }
    for gain in gained.itertuples(index=False):
        name = f"gain_over_{gain.baseline}"
        values |= {name: gain.gain, f"{name}_low": gain.gain_low, f"{name}_high": gain.gain_high}
    values = {name: None if np.isnan(value) else round(float(value), DIGITS) for name, value in values.items()}
    identities = len({name for name, known in zip(scored.clusters, scored.known, strict=True) if known})
    counts = {"photographs": len(scored.truth), "identities": identities, "unknowns": int((~scored.known).sum())}
    return values | counts


def predictions(
    scored: Scored, outcome: Outcome, half_b: Bools, identities: Sequence[str], nearest: Sequence[str | None]
) -> pd.DataFrame:
    """A row a scored photograph: what is right, what was guessed, and the labelled photograph that speaks for it."""
    table = scored.table[["image", "identity"]].copy()
    table["known"] = scored.known
    table["class_count"] = scored.class_count
    table["half"] = np.where(half_b, "b", "a")
    for place, name in enumerate(("first", "second", "third", "fourth", "fifth")):
        table[name] = pd.Series(names_of(outcome.guesses[:, place], identities), index=table.index, dtype="str")
    table["score"] = outcome.best.astype(np.float64).round(DIGITS)
    table["new"] = outcome.guesses[:, 0] == NEW
    table["ap"] = average_precision(outcome.guesses, scored.truth)
    table["nearest"] = pd.Series(list(nearest), index=table.index, dtype="str")
    return table


def recall(scored: Scored, outcome: Outcome) -> pd.DataFrame:
    """`recall.csv`: a row an identity of `valid`, and how many of its photographs were named first.

    Identity `""` is new: photographs of none of the known. The mean over the rows is the balanced accuracy.
    """
    named = scored.table["identity"].where(scored.known, "")
    right = outcome.guesses[:, 0] == scored.truth
    count = np.where(scored.known, scored.class_count, 0)
    rows = pd.DataFrame({"identity": named, "class_count": count, "recall": right.astype(np.float64)})
    found = rows.groupby("identity", sort=True).agg(
        class_count=("class_count", "max"), photographs=("recall", "size"), recall=("recall", "mean")
    )
    return found.reset_index().round(DIGITS)


def _row(name: str, scored: Scored, rows: Bools, guesses: Ints, drawing: Resampling) -> dict[str, Any]:
    precision = average_precision(guesses, scored.truth)
    low, high = interval(precision, scored, rows, drawing)
    return {
        "slice": name,
        "photographs": int(rows.sum()),
        "identities": len(set(np.asarray(scored.clusters)[rows])),
        "map_at_5": precision[rows].mean() if rows.any() else float("nan"),
        "low": low,
        "high": high,
        "accuracy": top_k_accuracy(guesses[rows, :1], scored.truth[rows]),
        "balanced_accuracy": balanced_accuracy(guesses[rows, 0], scored.truth[rows]),
    }


def _auroc_by_half(scored: Scored, outcome: Outcome, half_b: Bools) -> float:
    """Mean over the halves: each may have been scored by another scorer, whose scores do not compare."""
    halves = [auroc(outcome.best[half].astype(np.float64), scored.known[half]) for half in (half_b, ~half_b)]
    said = [value for value in halves if not np.isnan(value)]
    return float(np.mean(said)) if said else float("nan")

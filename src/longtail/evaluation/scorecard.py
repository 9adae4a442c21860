"""The scores by class count, each with the number of photographs and a bootstrap interval over identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation.model_selection import CrossFitResult
from longtail.metrics import intervals
from longtail.metrics.accuracy import balanced_accuracy, top_k_accuracy
from longtail.metrics.auroc import auroc
from longtail.metrics.intervals import Interval
from longtail.metrics.map_at_k import average_precision, map_at_k
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.eval_set import EvalSet, decode_identities
from longtail.recognition.top_k import NEW

CLASS_COUNTS = {"1": (1, 1), "2-4": (2, 4), "5-9": (5, 9), "10+": (10, np.iinfo(np.int64).max)}
"""Slices of the known photographs by class count, both ends included."""
DIGITS = 6


@dataclass(frozen=True)
class BootstrapConfig:
    """How intervals are resampled."""

    seed: int = 0
    resamples: int = 1000


def scorecard(
    eval_set: EvalSet, result: CrossFitResult, untrained: CrossFitResult, bootstrap: BootstrapConfig
) -> pd.DataFrame:
    """`scorecard.csv`: a row a slice. All and unknown are scored open; known and the class counts closed.

    Args:
        eval_set: ground truth.
        result: the predictions to score.
        untrained: those of the baseline `frozen_1nn`; its MAP@5 is a column.
        bootstrap: of the intervals.

    Returns:
        MAP@5 with interval, accuracy, balanced accuracy, and counts.
    """
    slices = [
        ("all (open)", np.ones(len(eval_set.truth), dtype=bool), False),
        ("known (closed)", eval_set.known, True),
        ("unknown", ~eval_set.known, False),
        *((name, has_class_count(eval_set, name), True) for name in CLASS_COUNTS),
    ]
    card = []
    for name, rows, closed in slices:
        ours, theirs = ((one.closed if closed else one.open) for one in (result, untrained))
        baseline = map_at_k(theirs[rows], eval_set.truth[rows]) if rows.any() else float("nan")
        card.append({**slice_scores(name, eval_set, rows, ours, bootstrap), "frozen_1nn": baseline})
    return pd.DataFrame(card).round(DIGITS)


def has_class_count(eval_set: EvalSet, name: str) -> Bools:
    """The known photographs of a slice by class count.

    Args:
        eval_set: ground truth.
        name: one of CLASS_COUNTS.

    Returns:
        (n,).
    """
    low, high = CLASS_COUNTS[name]
    return eval_set.known & (eval_set.class_count >= low) & (eval_set.class_count <= high)


def interval(values: np.ndarray, eval_set: EvalSet, rows: Bools, bootstrap: BootstrapConfig) -> Interval:
    """Bootstrap interval over identities of a mean.

    Args:
        values: (n,), of all scored photographs.
        eval_set: their identities.
        rows: (n,), whose mean.
        bootstrap: seed and number of resamples.

    Returns:
        The 95% interval.
    """
    clusters = np.asarray(eval_set.clusters)[rows]
    return intervals.bootstrap(values[rows], clusters, bootstrap.seed, bootstrap.resamples)


def gains(
    eval_set: EvalSet, result: CrossFitResult, baselines: Mapping[str, CrossFitResult], bootstrap: BootstrapConfig
) -> pd.DataFrame:
    """`baselines.csv`: the scores of every baseline, and the gain over it: a paired difference with its interval.

    Args:
        eval_set: ground truth.
        result: the predictions to score.
        baselines: {name: predictions}.
        bootstrap: of the intervals.

    Returns:
        A row a baseline.
    """
    everyone = np.ones(len(eval_set.truth), dtype=bool)
    own = average_precision(result.open, eval_set.truth)
    rows = []
    for name, baseline in baselines.items():
        theirs = average_precision(baseline.open, eval_set.truth)
        low, high = interval(own - theirs, eval_set, everyone, bootstrap)
        closed = map_at_k(baseline.closed[eval_set.known], eval_set.truth[eval_set.known])
        values = {"open_map_at_5": theirs.mean(), "closed_map_at_5": closed, "gain": (own - theirs).mean()}
        rows.append({"baseline": name, **values, "gain_low": low, "gain_high": high})
    return pd.DataFrame(rows).round(DIGITS)


def metrics(
    eval_set: EvalSet, result: CrossFitResult, half_b: Bools, card: pd.DataFrame, gained: pd.DataFrame
) -> dict[str, Any]:
    """The flat numbers of `metrics.json`.

    Args:
        eval_set: ground truth.
        result: the predictions to score.
        half_b: (n,), whether each photograph lies in half b.
        card: as from `scorecard`.
        gained: as from `gains`.

    Returns:
        {name: number}; None where these photographs do not allow to compute it.
    """
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
        "auroc_known": _auroc_by_half(eval_set, result, half_b),
    }
    for gain in gained.itertuples(index=False):
        name = f"gain_over_{gain.baseline}"
        values |= {name: gain.gain, f"{name}_low": gain.gain_low, f"{name}_high": gain.gain_high}
    values = {name: None if np.isnan(value) else round(float(value), DIGITS) for name, value in values.items()}
    identities = len({name for name, known in zip(eval_set.clusters, eval_set.known, strict=True) if known})
    counts = {"photographs": len(eval_set.truth), "identities": identities, "unknowns": int((~eval_set.known).sum())}
    return values | counts


def predictions(
    eval_set: EvalSet, result: CrossFitResult, half_b: Bools, identities: Sequence[str], nearest: Sequence[str | None]
) -> pd.DataFrame:
    """`predictions.parquet`: a row a scored photograph.

    Args:
        eval_set: ground truth.
        result: the predictions.
        half_b: (n,), whether each photograph lies in half b.
        identities: names, in the order of their numbers.
        nearest: n labelled photographs, that behind the best known identity; None where there is none.

    Returns:
        Ground truth, predictions by rank, score, average precision, and the nearest photograph.
    """
    table = eval_set.table[["image", "identity"]].copy()
    table["known"] = eval_set.known
    table["class_count"] = eval_set.class_count
    table["half"] = np.where(half_b, "b", "a")
    for column, name in enumerate(("first", "second", "third", "fourth", "fifth")):
        names = decode_identities(result.open[:, column], identities)
        table[name] = pd.Series(names, index=table.index, dtype="str")
    hits = result.closed == eval_set.truth[:, None]  # an unknown identity is none of the closed candidates
    table["closed_rank"] = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, 0)
    best = result.best.astype(np.float64).round(DIGITS)
    table["score"] = np.where(np.isfinite(best), best, np.nan)  # -inf: nothing to compare with
    table["new"] = result.open[:, 0] == NEW
    table["ap"] = average_precision(result.open, eval_set.truth)
    table["nearest"] = pd.Series(list(nearest), index=table.index, dtype="str")
    return table


def recall(eval_set: EvalSet, result: CrossFitResult) -> pd.DataFrame:
    """`recall.csv`: the recall of each identity of `valid`. The mean over the rows is the balanced accuracy.

    Args:
        eval_set: ground truth.
        result: the predictions to score.

    Returns:
        A row an identity: class count, photographs, recall; `""` is new: photographs of none of the known.
    """
    names = eval_set.table["identity"].where(eval_set.known, "")
    right = result.open[:, 0] == eval_set.truth
    count = np.where(eval_set.known, eval_set.class_count, 0)
    rows = pd.DataFrame({"identity": names, "class_count": count, "recall": right.astype(np.float64)})
    table = rows.groupby("identity", sort=True).agg(
        class_count=("class_count", "max"), photographs=("recall", "size"), recall=("recall", "mean")
    )
    return table.reset_index().round(DIGITS)


def slice_scores(
    name: str, eval_set: EvalSet, rows: Bools, predicted: Ints, bootstrap: BootstrapConfig
) -> dict[str, Any]:
    """A row of `scorecard.csv`.

    Args:
        name: of the slice.
        eval_set: ground truth.
        rows: (n,), its photographs.
        predicted: (n, 5), of all scored photographs.
        bootstrap: of the interval.

    Returns:
        {column: value}; NaN where there are no photographs.
    """
    precision = average_precision(predicted, eval_set.truth)
    low, high = interval(precision, eval_set, rows, bootstrap)
    return {
        "slice": name,
        "photographs": int(rows.sum()),
        "identities": len(set(np.asarray(eval_set.clusters)[rows])),
        "map_at_5": precision[rows].mean() if rows.any() else float("nan"),
        "low": low,
        "high": high,
        "accuracy": top_k_accuracy(predicted[rows, :1], eval_set.truth[rows]),
        "balanced_accuracy": balanced_accuracy(predicted[rows, 0], eval_set.truth[rows]),
    }


def _auroc_by_half(eval_set: EvalSet, result: CrossFitResult, half_b: Bools) -> float:
    """Mean over the halves: each may be scored by another classifier, whose scores are not comparable."""
    halves = [auroc(result.best[half].astype(np.float64), eval_set.known[half]) for half in (half_b, ~half_b)]
    measured = [value for value in halves if not np.isnan(value)]
    return float(np.mean(measured)) if measured else float("nan")

"""The leaderboard: a row a classifier, strategy and seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult, two_fold_select
from longtail.evaluation.scorecard import CLASS_COUNTS, DIGITS, BootstrapConfig, has_class_count
from longtail.metrics.accuracy import balanced_accuracy, top_k_accuracy
from longtail.metrics.intervals import bootstrap_columns
from longtail.metrics.map_at_k import average_precision, map_at_k
from longtail.recognition.embeddings import Bools
from longtail.recognition.eval_set import EvalSet


def leaderboard(
    candidates: Sequence[Candidate],
    results: Sequence[Sequence[CrossFitResult]],
    eval_set: EvalSet,
    selected: int,
    seed: int,
    bootstrap: BootstrapConfig,
) -> pd.DataFrame:
    """`leaderboard.csv`: scores of each candidate and seed, and the size of its training set.

    Args:
        candidates: what was compared.
        results: of each candidate, by seed, as from `cross_fit_each`.
        eval_set: ground truth.
        selected: index of the candidate that `predict` refits.
        seed: the first.
        bootstrap: of the intervals.

    Returns:
        A row a candidate and seed: open and closed MAP@5 with interval, accuracies, closed MAP@5 by class count.
    """
    every = [(index, step) for index in range(len(candidates)) for step in range(len(results[index]))]
    precision = [average_precision(results[index][step].open, eval_set.truth) for index, step in every]
    clusters = np.asarray(eval_set.clusters)
    intervals = bootstrap_columns(np.stack(precision, axis=1), clusters, bootstrap.seed, bootstrap.resamples)
    rows = []
    for (index, step), own, (low, high) in zip(every, precision, intervals, strict=True):
        candidate, result = candidates[index], results[index][step]
        rows.append(
            {
                "strategy": candidate.strategy,
                "classifier": candidate.classifier,
                "seed": seed + step,
                "open_map_at_5": own.mean(),
                "low": low,
                "high": high,
                "closed_map_at_5": _closed(result, eval_set, eval_set.known),
                "accuracy": top_k_accuracy(result.open[:, :1], eval_set.truth),
                "balanced_accuracy": balanced_accuracy(result.open[:, 0], eval_set.truth),
                **{_column(name): _closed(result, eval_set, has_class_count(eval_set, name)) for name in CLASS_COUNTS},
                "rows": candidate.images,
                "added": candidate.added,
                "skipped": candidate.skipped,
                "chosen": index == selected and step == 0,
            }
        )
    return pd.DataFrame(rows).round(DIGITS)


def seconds_table(candidates: Sequence[Candidate], seed: int) -> pd.DataFrame:
    """`seconds.csv`: the time of each fit. It differs between equal runs, so no stage depends on it.

    Args:
        candidates: what was compared.
        seed: the first.

    Returns:
        A row a candidate and seed.
    """
    rows = [
        {
            "strategy": candidate.strategy,
            "classifier": candidate.classifier,
            "seed": seed + step,
            "seconds": round(took, 3),
        }
        for candidate in candidates
        for step, took in enumerate(candidate.seconds)
    ]
    return pd.DataFrame(rows, columns=["strategy", "classifier", "seed", "seconds"])


def cross_fit_each(candidates: Sequence[Candidate], eval_set: EvalSet, half_b: Bools) -> list[list[CrossFitResult]]:
    """Cross-fit the threshold of each candidate alone, seed by seed.

    Args:
        candidates: what was compared.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.

    Returns:
        A list of results, by seed, for each candidate.
    """
    return [
        [
            two_fold_select([replace(candidate, top_k=top_k, other_seeds=())], eval_set.truth, half_b)[0]
            for top_k in (candidate.top_k, *candidate.other_seeds)
        ]
        for candidate in candidates
    ]


def _closed(result: CrossFitResult, eval_set: EvalSet, rows: Bools) -> float:
    return map_at_k(result.closed[rows], eval_set.truth[rows])


def _column(name: str) -> str:
    return "seen_" + name.replace("-", "_").rstrip("+")

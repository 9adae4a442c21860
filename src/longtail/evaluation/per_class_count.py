"""Scores of each classifier and strategy for identities with 1, 2-4, 5-9 and 10+ groups, and which one leads.

These are scores of one network: what leads here need not lead on another. `benchmarks/which_strategy.py` compares two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.scorecard import CLASS_COUNTS, DIGITS, BootstrapConfig, has_class_count, interval
from longtail.metrics import difference
from longtail.metrics.intervals import bootstrap_columns
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Bools
from longtail.recognition.eval_set import EvalSet

OPEN, CLOSED = "all (open)", "known (closed)"
SLICES = (*CLASS_COUNTS, CLOSED, OPEN)


@dataclass(frozen=True)
class PrecisionTable:
    """Average precision of every photograph under every candidate and seed: (n, seeds) a candidate, open and closed."""

    candidates: Sequence[Candidate]
    open: Sequence[NDArray[np.float64]]
    closed: Sequence[NDArray[np.float64]]

    def mean(self, index: int, name: str) -> NDArray[np.float64]:
        """Mean over the seeds of one candidate.

        Args:
            index: of the candidate.
            name: of the slice; only OPEN is scored open.

        Returns:
            (n,).
        """
        return np.asarray((self.open if name == OPEN else self.closed)[index].mean(axis=1))


def measure_precision(
    candidates: Sequence[Candidate], results: Sequence[Sequence[CrossFitResult]], eval_set: EvalSet
) -> PrecisionTable:
    """Average precision, photograph by photograph.

    Args:
        candidates: what was compared.
        results: of each candidate, by seed.
        eval_set: ground truth.

    Returns:
        The table.
    """
    opened = [[average_precision(result.open, eval_set.truth) for result in seeds] for seeds in results]
    closed = [[average_precision(result.closed, eval_set.truth) for result in seeds] for seeds in results]
    return PrecisionTable(
        candidates, [np.stack(seeds, axis=1) for seeds in opened], [np.stack(seeds, axis=1) for seeds in closed]
    )


def class_count_table(precision: PrecisionTable, eval_set: EvalSet, bootstrap: BootstrapConfig) -> pd.DataFrame:
    """`per_class_count.csv`: mean over seeds, and the paired gain over the same classifier under `none`.

    Args:
        precision: of every photograph.
        eval_set: ground truth.
        bootstrap: of the intervals.

    Returns:
        A row a candidate and slice.
    """
    candidates = precision.candidates
    unbalanced = {one.classifier: index for index, one in enumerate(candidates) if one.strategy == "none"}
    rows = []
    for name in SLICES:
        on = slice_rows(name, eval_set)
        means = np.stack([precision.mean(index, name) for index in range(len(candidates))], axis=1)[on]
        base = [unbalanced.get(candidate.classifier, -1) for candidate in candidates]
        gains = np.where(np.array(base) >= 0, means - means[:, base], np.nan)
        clusters = np.asarray(eval_set.clusters)[on]
        intervals = bootstrap_columns(np.hstack([means, gains]), clusters, bootstrap.seed, bootstrap.resamples)
        for index, candidate in enumerate(candidates):
            gain = intervals[len(candidates) + index]
            rows.append(
                {
                    "strategy": candidate.strategy,
                    "classifier": candidate.classifier,
                    "slice": name,
                    "photographs": int(on.sum()),
                    "identities": len(set(clusters)),
                    "map_at_5": _mean(means[:, index]),
                    "low": intervals[index].low,
                    "high": intervals[index].high,
                    "seed_spread": _spread(precision, index, name, on),
                    "gain": _mean(gains[:, index]),
                    "gain_low": gain.low,
                    "gain_high": gain.high,
                    "rows": candidate.images,
                    "added": candidate.added,
                    "skipped": candidate.skipped,
                }
            )
    by_candidate = [row for index in range(len(candidates)) for row in rows[index :: len(candidates)]]
    return pd.DataFrame(by_candidate).round(DIGITS)


def winners(precision: PrecisionTable, eval_set: EvalSet, bootstrap: BootstrapConfig) -> pd.DataFrame:
    """`winners.csv`: which candidate leads on each slice, and whether its lead is significant.

    `leads`: the whole interval of the paired difference to the next best is above 0; `noise`: it is not; `too_few`:
    under ENOUGH photographs no leader is named.

    Args:
        precision: of every photograph.
        eval_set: ground truth.
        bootstrap: of the intervals.

    Returns:
        A row a slice.
    """
    rows = []
    for name in SLICES:
        on = slice_rows(name, eval_set)
        means = [_mean(precision.mean(index, name)[on]) for index in range(len(precision.candidates))]
        order = sorted(range(len(means)), key=lambda index: -round(means[index], 9)) if on.any() else []
        lead = _lead(precision, eval_set, name, on, order, bootstrap)
        rows.append({"slice": name, "photographs": int(on.sum()), **lead})
    return pd.DataFrame(rows).round(DIGITS)


def slice_rows(name: str, eval_set: EvalSet) -> Bools:
    """The scored photographs of a slice.

    Args:
        name: one of SLICES.
        eval_set: ground truth.

    Returns:
        (n,).
    """
    if name == OPEN:
        return np.ones(len(eval_set.truth), dtype=bool)
    return eval_set.known if name == CLOSED else has_class_count(eval_set, name)


def _lead(
    precision: PrecisionTable,
    eval_set: EvalSet,
    name: str,
    on: Bools,
    order: Sequence[int],
    bootstrap: BootstrapConfig,
) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(
        ("strategy", "classifier", "map_at_5", "next_strategy", "next_classifier", "lead", "lead_low", "lead_high")
    )
    if order:
        first = precision.candidates[order[0]]
        row |= {
            "strategy": first.strategy,
            "classifier": first.classifier,
            "map_at_5": _mean(precision.mean(order[0], name)[on]),
        }
    low = high = float("nan")
    if len(order) > 1:
        second = precision.candidates[order[1]]
        lead = precision.mean(order[0], name) - precision.mean(order[1], name)
        low, high = interval(lead, eval_set, on, bootstrap)
        row |= {"next_strategy": second.strategy, "next_classifier": second.classifier}
        row |= {"lead": _mean(lead[on]), "lead_low": low, "lead_high": high}
    verdicts = {"better": "leads", "too few to say": "too_few"}  # the first is never worse than the next
    return row | {"verdict": verdicts.get(difference.verdict(low, high, int(on.sum())), "noise")}


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _spread(precision: PrecisionTable, index: int, name: str, on: Bools) -> float:
    by_seed = (precision.open if name == OPEN else precision.closed)[index][on]
    return float(np.ptp(by_seed.mean(axis=0))) if len(by_seed) else float("nan")

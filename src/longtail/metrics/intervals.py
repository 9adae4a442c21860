"""Confidence intervals of means over photographs, and of other statistics: the bootstrap over identities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 4_000_000  # drawn clusters held in memory at a time (32 MB)


class Interval(NamedTuple):
    """From `low` to `high`, both included."""

    low: float
    high: float


def bootstrap(
    values: NDArray[np.floating[Any]],
    clusters: NDArray[Any],
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of the mean of `values`; whole clusters are drawn with replacement.

    Photographs of one identity succeed and fail together, so identities are drawn, not photographs (Davison &
    Hinkley 1997, "Bootstrap Methods and their Application", section 3.8; percentiles: Efron & Tibshirani 1993,
    chapter 13). A photograph of unknown identity is a cluster of its own: give it the name of its group, or all
    unknowns would be one cluster.

    Two ways of scoring the same photographs are compared paired: `bootstrap(values_a - values_b, clusters, seed)`;
    if the whole interval is above 0, a is significantly better.

    Args:
        values: (n,), a number for each photograph, e.g. its average precision.
        clusters: (n,), the photograph's identity, as numbers or text.
        seed: equal arguments give equal intervals; the order of the photographs does not matter.
        resamples: number of resamples.
        level: the interval's coverage, between 0 and 1.

    Returns:
        The interval; (NaN, NaN) without photographs.

    Raises:
        ValueError: the shapes do not fit together, or resamples or level are out of range.
    """
    if values.ndim != 1 or values.shape != clusters.shape:
        raise ValueError(f"values and clusters must both be (n,), not {values.shape} and {clusters.shape}")
    [interval] = bootstrap_columns(values[:, None], clusters, seed, resamples, level)
    return interval


def bootstrap_columns(
    values: NDArray[np.floating[Any]],
    clusters: NDArray[Any],
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
) -> list[Interval]:
    """The interval of each column, all with the same resamples: equal to `bootstrap` of each column alone.

    Args:
        values: (n, k).
        clusters: (n,), as in `bootstrap`.
        seed: as in `bootstrap`.
        resamples: as in `bootstrap`.
        level: as in `bootstrap`.

    Returns:
        k intervals.

    Raises:
        ValueError: the shapes do not fit together, or resamples or level are out of range.
    """
    if values.ndim != 2 or len(values) != len(clusters):
        raise ValueError(f"values must be (n, k) and clusters (n,), not {values.shape} and {clusters.shape}")
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(f"resamples must be at least 1 and level within 0 and 1, not {resamples} and {level}")
    if not len(values):
        return [Interval(float("nan"), float("nan"))] * values.shape[1]
    _, which, counts = np.unique(clusters, return_inverse=True, return_counts=True)
    sums = np.stack([_sums(column, which) for column in values.T], axis=1)
    rng = np.random.default_rng(seed)
    block = max(1, _AT_ONCE // len(counts))
    means = np.empty((resamples, values.shape[1]))
    for start in range(0, resamples, block):
        drawn = rng.integers(0, len(counts), (min(block, resamples - start), len(counts)))
        times = np.stack([np.bincount(row, minlength=len(counts)) for row in drawn]).astype(np.float64)
        means[start : start + len(drawn)] = times @ sums / (times @ counts)[:, None]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [Interval(float(one), float(other)) for one, other in zip(low, high, strict=True)]


def bootstrap_statistic(
    statistic: Callable[[NDArray[np.intp]], float],
    clusters: NDArray[Any],
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of a statistic that is no mean, from the same draws as `bootstrap`.

    Args:
        statistic: rows of photographs, a row as often as it was drawn -> a number; NaN where they give none.
        clusters: (n,), as in `bootstrap`.
        seed: as in `bootstrap`.
        resamples: as in `bootstrap`.
        level: as in `bootstrap`.

    Returns:
        The interval; (NaN, NaN) without photographs, or where no resample gives a number.

    Raises:
        ValueError: resamples or level are out of range.
    """
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(f"resamples must be at least 1 and level within 0 and 1, not {resamples} and {level}")
    names, which = np.unique(clusters, return_inverse=True)
    rng, rows = np.random.default_rng(seed), np.arange(len(which))
    values = []
    for _ in range(resamples if len(rows) else 0):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        values.append(statistic(np.repeat(rows, times[which])))
    measured = np.array(values, dtype=np.float64)
    measured = measured[~np.isnan(measured)]
    if not len(measured):
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(measured, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _sums(column: NDArray[np.floating[Any]], which: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sum of each cluster; of floats in one order, whatever the order of the rows."""
    order = np.lexsort((column, which))
    return np.bincount(which[order], weights=column[order]).astype(np.float64)

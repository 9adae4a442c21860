"""How well a score tells known from new, whatever the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def auroc(score: NDArray[np.floating[Any]], known: NDArray[np.bool_]) -> float:
    """Chance that a known photograph scores above a new one, both drawn at random; ties count half.

    The Mann-Whitney U statistic over the number of pairs (Hanley & McNeil 1982, "The meaning and use of the area
    under a receiver operating characteristic curve"). 1 tells them apart, 0.5 is chance, 0 is upside down.

    Args:
        score: (n,), of the best known candidate: higher means "known". Infinite is fine, NaN is not.
        known: (n,), whether the photograph's identity is one of the known.

    Returns:
        Between 0 and 1; NaN where one of the two kinds is missing, since then there is nothing to tell apart.
    """
    if score.ndim != 1 or score.shape != known.shape or known.dtype != np.bool_:
        raise ValueError(f"score and known (bool) must both be (n,), not {score.shape} and {known.shape} {known.dtype}")
    if np.isnan(score).any():
        raise ValueError("a score is NaN")
    positives = int(known.sum())
    negatives = len(known) - positives
    if not positives or not negatives:
        return float("nan")
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    rank = last - (counts - 1) / 2  # equal scores share the mean of their ranks, which counts ties half
    u = rank[place][known].sum() - positives * (positives + 1) / 2
    return float(u / (positives * negatives))

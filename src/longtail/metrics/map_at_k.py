"""MAP@k of ranked candidates with one right answer a photograph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]
FloatArray = NDArray[np.float64]


def average_precision(candidates: IntArray, truth: IntArray) -> FloatArray:
    """Average precision at k of each photograph: 1 / rank of the right answer, 0 where it is not among the k.

    With one right answer Kaggle's formula, (1 / min(m, k)) * sum of P(i) * rel(i), comes down to this
    (https://www.kaggle.com/c/whale-categorization-playground, "Evaluation"). Only the first right guess counts;
    a repeated guess wastes its place, since the ranks of what follows stay as they are.

    Args:
        candidates: (n, k), numbers of identities, best first; an empty place holds a number that no truth has.
        truth: (n,), the right identity of each photograph; "unknown" is a number like any other.

    Returns:
        (n,), each one of 0, 1/k, ..., 1/2, 1.
    """
    _check(candidates, truth)
    hits = candidates == truth[:, None]
    first = hits.argmax(axis=1)
    return np.where(hits.any(axis=1), 1.0 / (first + 1.0), 0.0)


def map_at_k(candidates: IntArray, truth: IntArray) -> float:
    """Mean of `average_precision` over all photographs; k is the width of `candidates`. NaN without photographs."""
    return float(average_precision(candidates, truth).mean()) if len(truth) else float("nan")


def _check(candidates: IntArray, truth: IntArray) -> None:
    if candidates.ndim != 2 or truth.ndim != 1 or len(candidates) != len(truth) or candidates.shape[1] == 0:
        raise ValueError(f"candidates must be (n, k) and truth (n,), not {candidates.shape} and {truth.shape}")

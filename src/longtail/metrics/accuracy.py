"""Shares of photographs, and of identities, that were named rightly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]


def top_k_accuracy(candidates: IntArray, truth: IntArray) -> float:
    """Share of photographs whose identity is among their candidates; with k = 1, plain accuracy.

    Args:
        candidates: (n, k), numbers of identities, best first; slice it for a smaller k.
        truth: (n,), the right identity of each photograph.

    Returns:
        Between 0 and 1; NaN without photographs.
    """
    if candidates.ndim != 2 or truth.ndim != 1 or len(candidates) != len(truth):
        raise ValueError(f"candidates must be (n, k) and truth (n,), not {candidates.shape} and {truth.shape}")
    return float((candidates == truth[:, None]).any(axis=1).mean()) if len(truth) else float("nan")


def balanced_accuracy(predicted: IntArray, truth: IntArray) -> float:
    """Mean over identities of the share of each one's photographs that were named rightly (mean recall).

    An identity with one photograph weighs as much as one with a hundred (Brodersen et al. 2010, "The balanced
    accuracy and its posterior distribution"; equals scikit-learn's `balanced_accuracy_score`).

    Args:
        predicted: (n,), the first candidate of each photograph.
        truth: (n,), the right identity; only identities that occur here count.

    Returns:
        Between 0 and 1; NaN without photographs.
    """
    if predicted.ndim != 1 or predicted.shape != truth.shape:
        raise ValueError(f"predicted and truth must both be (n,), not {predicted.shape} and {truth.shape}")
    if not len(truth):
        return float("nan")
    _, which = np.unique(truth, return_inverse=True)
    right = np.bincount(which, weights=predicted == truth)
    return float((right / np.bincount(which)).mean())

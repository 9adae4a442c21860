"""Accuracy of ranked predictions.

Written by hand: with thousands of identities scikit-learn's `balanced_accuracy_score` takes 100 times as long (it fills
a matrix of classes by classes), and its import takes a second. The tests hold the two equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]


def top_k_accuracy(predicted: IntArray, truth: IntArray) -> float:
    """Share of photographs whose identity is among the k predicted ones; with k = 1, accuracy.

    Args:
        predicted: (n, k), numbers of identities, best first; slice it for a smaller k.
        truth: (n,), the right identity of each photograph.

    Returns:
        Between 0 and 1; NaN without photographs.

    Raises:
        ValueError: the shapes do not fit together.
    """
    if predicted.ndim != 2 or truth.ndim != 1 or len(predicted) != len(truth):
        raise ValueError(f"predicted must be (n, k) and truth (n,), not {predicted.shape} and {truth.shape}")
    return float((predicted == truth[:, None]).any(axis=1).mean()) if len(truth) else float("nan")


def balanced_accuracy(predicted: IntArray, truth: IntArray) -> float:
    """Balanced accuracy: the mean recall over identities.

    An identity with one photograph weighs as much as one with a hundred (Brodersen et al. 2010, "The balanced
    accuracy and its posterior distribution"; equals scikit-learn's `balanced_accuracy_score`).

    Args:
        predicted: (n,), the first prediction of each photograph.
        truth: (n,), the right identity; only identities that occur here count.

    Returns:
        Between 0 and 1; NaN without photographs.

    Raises:
        ValueError: the shapes do not fit together.
    """
    if predicted.ndim != 1 or predicted.shape != truth.shape:
        raise ValueError(f"predicted and truth must both be (n,), not {predicted.shape} and {truth.shape}")
    if not len(truth):
        return float("nan")
    _, which = np.unique(truth, return_inverse=True)
    right = np.bincount(which, weights=predicted == truth)
    return float((right / np.bincount(which)).mean())

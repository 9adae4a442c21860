"""MAP@k of ranked predictions with one right answer a photograph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]
FloatArray = NDArray[np.float64]


def average_precision(predicted: IntArray, truth: IntArray) -> FloatArray:
    """Average precision at k of each photograph: 1 / rank of the right answer, 0 where it is not among the k.

    With one right answer Kaggle's formula, (1 / min(m, k)) * sum of P(i) * rel(i), comes down to this
    (https://www.kaggle.com/c/whale-categorization-playground, "Evaluation"). Only the first right prediction
    counts; a repeated prediction occupies a rank, because the ranks of the following ones stay as they are.

    Args:
        predicted: (n, k), numbers of identities, best first; an empty slot holds a number that no truth has.
        truth: (n,), the right identity of each photograph; "unknown" is a number like any other.

    Returns:
        (n,), each one of 0, 1/k, ..., 1/2, 1.

    Raises:
        ValueError: the shapes do not fit together.
    """
    _check(predicted, truth)
    hits = predicted == truth[:, None]
    first = hits.argmax(axis=1)
    return np.where(hits.any(axis=1), 1.0 / (first + 1.0), 0.0)


def map_at_k(predicted: IntArray, truth: IntArray) -> float:
    """Mean average precision at k.

    Args:
        predicted: (n, k), as in `average_precision`.
        truth: (n,), the right identity of each photograph.

    Returns:
        Between 0 and 1; NaN without photographs.
    """
    return float(average_precision(predicted, truth).mean()) if len(truth) else float("nan")


def _check(predicted: IntArray, truth: IntArray) -> None:
    if predicted.ndim != 2 or truth.ndim != 1 or len(predicted) != len(truth) or predicted.shape[1] == 0:
        raise ValueError(f"predicted must be (n, k) and truth (n,), not {predicted.shape} and {truth.shape}")

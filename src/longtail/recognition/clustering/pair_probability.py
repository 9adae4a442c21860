"""The probability that two photographs show one individual, from their similarity.

A logistic curve (Platt 1999, "Probabilistic outputs for support vector machines"), fitted on pairs that the network did
not learn from. Among more photographs each meets more that it can be confused with, so that the odds fall by as much
(Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.clustering.operating_point import UNJUDGED, Pool
from longtail.recognition.clustering.pairs import Similarity
from longtail.recognition.open_set.new_probability import FloatArray, sigmoid

_WEAK = (
    1e3  # scikit-learn's C: a penalty that only keeps the curve finite where the similarities separate right from wrong
)


@dataclass(frozen=True)
class PairCurve:
    """P(one individual | similarity) = sigmoid(intercept + slope * similarity)."""

    slope: float
    intercept: float

    def probability(self, similarity: NDArray[np.float64], factor: float = 1.0) -> FloatArray:
        """The probability of each pair.

        Args:
            similarity: (n,), of the pairs; NaN stays.
            factor: how many times as many photographs as in the fit.

        Returns:
            (n,).
        """
        return sigmoid(self.intercept + self.slope * similarity - np.log(factor))


def fit(pool: Pool, similarity: Similarity) -> PairCurve | None:
    """Fit the curve on the pairs of nearest photographs that are judged.

    Args:
        pool: photographs whose individuals are known to us.
        similarity: which one.

    Returns:
        The curve; None where all pairs are right, or all wrong.
    """
    from sklearn.linear_model import LogisticRegression

    pairs = pool.near.pairs
    first, second = (pool.individual[pairs[end].to_numpy(np.int64)] for end in ("first", "second"))
    judged = (first != UNJUDGED) | (second != UNJUDGED)
    same = (first == second)[judged]
    if not same.any() or same.all():
        return None
    values = pairs[similarity].to_numpy(np.float64)[judged]
    model = LogisticRegression(C=_WEAK, solver="newton-cholesky").fit(values[:, None], same)
    return PairCurve(round(float(model.coef_[0, 0]), 9), round(float(model.intercept_[0]), 9))

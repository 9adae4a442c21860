"""The probability that a photograph is of none of the known, from the scores of its best known identities.

Three logistic regressions (Platt 1999, "Probabilistic outputs for support vector machines") and an isotonic one
(Zadrozny & Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates"), fitted by
scikit-learn. All use Platt's targets, which are never exactly 0 or 1: the probabilities stay inside, also where the
scores separate new from known without an error. Coefficients are plain numbers; applying them needs numpy alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Bools = NDArray[np.bool_]

KINDS = ("platt", "margin", "margins", "isotonic")
"""In the order of preference between equal log losses.

platt: logistic, on the best score.
margin: logistic, on the best score and its margin over the second.
margins: logistic, on these and the margin over the mean of those after the second.
isotonic: falling steps over the best score, joined by lines.
"""
_WEAK = 1e3  # scikit-learn's C: a penalty that only decides between solutions that fit equally well


def bounded(scores: NDArray[np.floating[Any]]) -> FloatArray:
    """Scores in double precision within [-1, 1]; no identity at all (-inf) counts as -1."""
    return np.clip(scores.astype(np.float64), -1.0, 1.0)


def fit(kind: str, scores: NDArray[np.floating[Any]], new: Bools) -> tuple[tuple[float, ...], ...]:
    """Fit P(new).

    Args:
        kind: one of KINDS.
        scores: (n, 5), of the best known identities, best first.
        new: (n,), whether the photograph is of none of the known; both kinds must occur.

    Returns:
        For a logistic regression one row, (intercept, coefficient of each feature); for an isotonic one the scores of
        its corners, and the probabilities there.
    """
    count = int(new.sum())
    high, low = (count + 1) / (count + 2), 1 / (len(new) - count + 2)
    if kind == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        steps = IsotonicRegression(increasing=False, out_of_bounds="clip")
        steps.fit(bounded(scores)[:, 0], np.where(new, high, low))
        return _plain(steps.X_thresholds_), _plain(steps.y_thresholds_)
    from sklearn.linear_model import LogisticRegression

    columns = features(kind, scores)
    middle, spread = columns.mean(axis=0), columns.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = (columns - middle) / spread
    weight = np.where(new, high, low)  # a target between 0 and 1 is both answers, each with its weight
    model = LogisticRegression(C=_WEAK, solver="newton-cholesky", tol=1e-8)
    answers = np.repeat([1, 0], len(new))
    model.fit(np.vstack([scaled, scaled]), answers, sample_weight=np.concatenate([weight, 1 - weight]))
    slopes = model.coef_[0] / spread
    return (_plain(np.array([model.intercept_[0] - slopes @ middle, *slopes])),)


def logits(kind: str, parameters: tuple[tuple[float, ...], ...], scores: NDArray[np.floating[Any]]) -> FloatArray:
    """Log odds of a new individual.

    Args:
        kind: one of KINDS.
        parameters: as from `fit`.
        scores: (n, 5), of the best known identities, best first.

    Returns:
        (n,).
    """
    if kind == "isotonic":
        corners, heights = parameters
        probability = np.interp(bounded(scores)[:, 0], corners, heights)
        return np.asarray(np.log(probability) - np.log1p(-probability))
    [(intercept, *slopes)] = parameters
    return np.asarray(intercept + features(kind, scores) @ np.array(slopes))


def features(kind: str, scores: NDArray[np.floating[Any]]) -> FloatArray:
    """What a logistic regression reads: best score, margins.

    Args:
        kind: platt, margin or margins.
        scores: (n, 5), of the best known identities, best first.

    Returns:
        (n, features).
    """
    inside = bounded(scores)
    best = inside[:, 0]
    columns = [best, best - inside[:, 1], best - inside[:, 2:].mean(axis=1)]
    return np.stack(columns[: {"platt": 1, "margin": 2, "margins": 3}[kind]], axis=1)


def sigmoid(logits: FloatArray) -> FloatArray:
    """Probabilities of log odds; both may be certain (infinite)."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))


def _plain(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 9) for value in values)

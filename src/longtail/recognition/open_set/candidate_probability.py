"""How probable each candidate is, if the individual is one of the known: temperature scaling.

A softmax over the scores of all known identities (Guo et al. 2017, "On calibration of modern neural networks"). Five
scores are kept of each photograph, so the rest is one term: `tail` identities with the score of the fifth. Inverse
temperature and tail are fitted by maximum likelihood.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.embeddings import Ints
from longtail.recognition.top_k import TOP_K, TopK

FloatArray = NDArray[np.float64]

_START = (10.0, 0.0)
_LIMITS = ((0.0, 1e4), (-20.0, 20.0))  # of the inverse temperature, and of the logarithm of the tail
_PENALTY = 1e-6  # of their squares: where nothing was wrong, the likelihood has no maximum


def fit(top_k: TopK, truth: Ints) -> tuple[float, float]:
    """Fit inverse temperature and tail on photographs of known identities.

    Args:
        top_k: of n photographs.
        truth: (n,), numbers of identities; none is NEW.

    Returns:
        The inverse temperature, 0 or more, and the logarithm of the tail.
    """
    from scipy.optimize import minimize

    hit = top_k.identity == truth[:, None]
    possible = np.isfinite(_with_others(top_k.score))
    right = np.hstack([hit, ~hit.any(axis=1, keepdims=True)]) & possible
    rows = np.flatnonzero(right.any(axis=1))
    if not len(rows):
        return 0.0, 0.0
    right, values = right[rows], np.where(possible, _with_others(top_k.score), 0.0)[rows]

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        logits = _logits(top_k.score[rows], *parameters)
        logits -= logits.max(axis=1, keepdims=True)
        likely = np.exp(logits)
        total = likely.sum(axis=1, keepdims=True)
        pull = likely / total - right
        gradient = np.array([(pull * values).sum(), pull[:, TOP_K].sum()]) / len(rows)
        surprise = float((np.log(total[:, 0]) - logits[right]).mean())
        penalty = _PENALTY * float(parameters @ parameters)
        return surprise + penalty, gradient + 2 * _PENALTY * parameters

    best = minimize(loss, np.array(_START), jac=True, method="L-BFGS-B", bounds=_LIMITS, options={"ftol": 1e-15})
    return round(float(best.x[0]), 5), round(float(best.x[1]), 5)


def shares(scores: NDArray[np.floating[Any]], inverse_temperature: float, log_tail: float) -> FloatArray:
    """Probability of each of the five candidates, if the individual is one of the known.

    Args:
        scores: (n, 5), -inf where there is no candidate.
        inverse_temperature: as from `fit`.
        log_tail: as from `fit`.

    Returns:
        (n, 5): what is missing to 1 is the probability of the other known identities; 0 where there is no candidate.
    """
    logits = _logits(scores, inverse_temperature, log_tail)
    highest = logits.max(axis=1, keepdims=True)
    likely = np.exp(logits - np.where(np.isfinite(highest), highest, 0.0))
    total = likely.sum(axis=1, keepdims=True)
    return np.asarray((likely / np.where(total > 0, total, 1.0))[:, :TOP_K])


def _logits(scores: NDArray[np.floating[Any]], inverse_temperature: float, log_tail: float) -> FloatArray:
    """Logits (n, 6) of the candidates, and of all others."""
    values = _with_others(scores)
    possible = np.isfinite(values)
    logits = np.where(possible, inverse_temperature * np.where(possible, values, 0.0), -np.inf)
    logits[:, TOP_K] += log_tail
    return logits


def _with_others(scores: NDArray[np.floating[Any]]) -> FloatArray:
    """Scores (n, 6): the others have that of the fifth; with fewer than five candidates there are no others."""
    return np.hstack([scores, scores[:, -1:]]).astype(np.float64)

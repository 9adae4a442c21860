"""The probability that a photograph is of none of the known, from the score of its best known identity.

A logistic curve over the score (Platt 1999, "Probabilistic outputs for support vector machines"), with his targets,
which are never exactly 0 or 1: the curve stays finite where the scores separate new from known without an error. Its
probabilities hold for the share of unknowns it was fitted with. For another share they are shifted by Bayes' rule
(Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities",
equation 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 10
DIGITS = 6
_STEPS = 100


@dataclass(frozen=True)
class Calibration:
    """P(new | score) = sigmoid(intercept + slope * score) where `share` of the photographs is new."""

    slope: float
    intercept: float
    share: float


def fit(score: NDArray[np.floating[Any]], new: Bools) -> Calibration | None:
    """Fit the curve.

    Newton's method with step halving on Platt's cross-entropy (Lin, Lin and Weng 2007, "A note on Platt's
    probabilistic outputs for support vector machines"). The loss is convex, so the result does not depend on the
    steps.

    Args:
        score: (n,), of the best known identity, in [-1, 1]; -inf (no identity at all) counts as -1.
        new: (n,), whether the photograph is of none of the known.

    Returns:
        The curve; None where all photographs are new, or all known.
    """
    count = int(new.sum())
    known = len(new) - count
    if not count or not known:
        return None
    bounded = _bounded(score)
    middle, spread = float(bounded.mean()), float(bounded.std()) or 1.0
    design = np.stack([np.ones(len(new)), (bounded - middle) / spread], axis=1)
    target = np.where(new, (count + 1) / (count + 2), 1 / (known + 2))
    coefficients = np.array([np.log((count + 1) / (known + 1)), 0.0])
    for _ in range(_STEPS):
        probability = _sigmoid(design @ coefficients)
        gradient = design.T @ (probability - target)
        hessian = (design * (probability * (1 - probability))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        loss, length = _loss(design @ coefficients, target), 1.0
        least = 1e-4 * (gradient @ step)  # the decrease to ask for, for a whole step (Armijo 1966)
        while length > 1e-9 and _loss(design @ (coefficients - length * step), target) > loss - length * least:
            length /= 2
        if length <= 1e-9:  # the minimum, as exactly as floats allow
            break
        coefficients = coefficients - length * step
    return Calibration(
        slope=round(float(coefficients[1] / spread), 9),
        intercept=round(float(coefficients[0] - coefficients[1] * middle / spread), 9),
        share=round(count / len(new), 9),
    )


def probability_new(
    score: NDArray[np.floating[Any]], calibration: Calibration, share: float | None = None
) -> FloatArray:
    """The probability of a new individual.

    Args:
        score: (n,), of the best known identity.
        calibration: the fitted curve.
        share: of unknowns that is expected; None: as in the fit.

    Returns:
        P(new) (n,).
    """
    logits = calibration.intercept + calibration.slope * _bounded(score)
    if share is not None:
        logits = logits + _logit(share) - _logit(calibration.share)
    return _sigmoid(logits)


def cross_fit_probabilities(
    on_a: NDArray[np.floating[Any]], on_b: NDArray[np.floating[Any]], new: Bools, half_b: Bools
) -> tuple[FloatArray, FloatArray]:
    """P(new) of each photograph by the curve that the other half fitted.

    Args:
        on_a: (n,), best scores of all photographs by the classifier that half a selected.
        on_b: (n,), by the one that half b selected.
        new: (n,), whether each is of none of the known.
        half_b: (n,), whether it lies in half b.

    Returns:
        P(new) (n,), and the share of new photographs in the other half (n,).
    """
    probability, base = np.empty(len(new)), np.empty(len(new))
    for score, fitted_on in ((on_a, ~half_b), (on_b, half_b)):
        curve = fit(score[fitted_on], new[fitted_on])
        base[~fitted_on] = new[fitted_on].mean() if fitted_on.any() else 0.0
        probability[~fitted_on] = base[~fitted_on] if curve is None else probability_new(score[~fitted_on], curve)
    return probability, base


def reliability(probability: FloatArray, new: Bools) -> pd.DataFrame:
    """`reliability.csv`: the reliability diagram, in ten bins of equal width.

    Args:
        probability: P(new) (n,).
        new: (n,), whether each photograph is of none of the known.

    Returns:
        A row a bin: photographs, mean predicted probability, observed share of new ones; both are empty in a bin
        without photographs. No row where all photographs are new, or all known.
    """
    bin_of = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    rows = []
    for number in range(BINS) if new.any() and not new.all() else ():
        inside = bin_of == number
        rows.append(
            {
                "bin_low": number / BINS,
                "bin_high": (number + 1) / BINS,
                "photographs": int(inside.sum()),
                "predicted": probability[inside].mean() if inside.any() else float("nan"),
                "observed": new[inside].mean() if inside.any() else float("nan"),
            }
        )
    return pd.DataFrame(rows, columns=["bin_low", "bin_high", "photographs", "predicted", "observed"]).round(DIGITS)


def brier(probability: FloatArray, new: Bools) -> float | None:
    """The Brier score: mean squared error of a probability (Brier 1950, "Verification of forecasts").

    A constant prediction of the share s of new photographs scores s (1 - s), 0.25 at one half.

    Args:
        probability: P(new) (n,).
        new: (n,), whether each photograph is of none of the known.

    Returns:
        Between 0 (perfect) and 1; None where all photographs are new, or all known.
    """
    if not new.any() or new.all():
        return None
    return round(float(((probability - new) ** 2).mean()), DIGITS)


def _bounded(score: NDArray[np.floating[Any]]) -> FloatArray:
    return np.clip(score.astype(np.float64), -1.0, 1.0)


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))


def _logit(share: float) -> float:
    with np.errstate(divide="ignore"):  # a share of 0 or 1 is certain: minus or plus infinity
        return float(np.log(np.float64(share)) - np.log1p(-np.float64(share)))


def _loss(logits: FloatArray, target: FloatArray) -> float:
    return float((np.logaddexp(0.0, logits) - target * logits).sum())

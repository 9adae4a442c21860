"""How likely a photograph is of none of the known, from the score of its best candidate.

A logistic curve over the score (Platt 1999, "Probabilistic outputs for support vector machines"), with his targets,
which are never quite 0 or 1: it stays finite where the scores part new from known without a slip. Its probabilities
hold for the share of unknowns it was fitted with; for another share they are shifted by Bayes' rule (Saerens, Latinne
and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities", equation 4).
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
    """The curve for these photographs; None where they are all new, or all known: there is nothing to tell apart.

    Newton's steps with halving on Platt's cross-entropy (Lin, Lin and Weng 2007, "A note on Platt's probabilistic
    outputs for support vector machines"): convex, so the end does not depend on the way.

    Args:
        score: (n,), of the best known candidate, in [-1, 1]; -inf (no candidate at all) counts as -1.
        new: (n,), whether the photograph is of none of the known.
    """
    count = int(new.sum())
    known = len(new) - count
    if not count or not known:
        return None
    bounded = _bounded(score)
    middle, spread = float(bounded.mean()), float(bounded.std()) or 1.0
    design = np.stack([np.ones(len(new)), (bounded - middle) / spread], axis=1)
    target = np.where(new, (count + 1) / (count + 2), 1 / (known + 2))
    at = np.array([np.log((count + 1) / (known + 1)), 0.0])
    for _ in range(_STEPS):
        chance = _sigmoid(design @ at)
        slope = design.T @ (chance - target)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        here, length = _loss(design @ at, target), 1.0
        while length > 1e-9 and _loss(design @ (at - length * step), target) > here - 1e-4 * length * (slope @ step):
            length /= 2
        if length <= 1e-9:  # as low as floats go
            break
        at = at - length * step
    return Calibration(
        slope=round(float(at[1] / spread), 9),
        intercept=round(float(at[0] - at[1] * middle / spread), 9),
        share=round(count / len(new), 9),
    )


def probability_new(
    score: NDArray[np.floating[Any]], calibration: Calibration, share: float | None = None
) -> FloatArray:
    """P(new) (n,) of photographs with these best scores, where `share` of them is new (None: as it was fitted)."""
    logits = calibration.intercept + calibration.slope * _bounded(score)
    if share is not None:
        logits = logits + _logit(share) - _logit(calibration.share)
    return _sigmoid(logits)


def by_halves(
    on_a: NDArray[np.floating[Any]], on_b: NDArray[np.floating[Any]], new: Bools, half_b: Bools
) -> tuple[FloatArray, FloatArray]:
    """P(new) of each photograph by the curve of the half that does not hold it, and that half's share of new ones.

    Args:
        on_a: (n,), best scores of all photographs by the scorer that half a chose.
        on_b: (n,), by the one that half b chose.
        new: (n,), whether each is of none of the known.
        half_b: (n,), whether it lies in half b.
    """
    probability, base = np.empty(len(new)), np.empty(len(new))
    for score, told in ((on_a, ~half_b), (on_b, half_b)):
        curve = fit(score[told], new[told])
        base[~told] = new[told].mean() if told.any() else 0.0
        probability[~told] = base[~told] if curve is None else probability_new(score[~told], curve)
    return probability, base


def reliability(probability: FloatArray, new: Bools) -> pd.DataFrame:
    """`reliability.csv`: photographs by what was said of them, in ten bins, and how many were new indeed.

    Empty where all photographs are new, or all known; a bin without photographs has no `predicted` and `observed`.
    """
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    rows = []
    for number in range(BINS) if new.any() and not new.all() else ():
        inside = place == number
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
    """Mean squared distance of what was said from what was (Brier 1950): 0 is perfect; None where one kind is missing.

    Beside it belongs the score of who always says the share: s (1 - s), 0.25 at one half.
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

"""How good the probabilities of an event are: Brier score, log loss, reliability, expected calibration error.

Written by hand: scikit-learn's checks of the input make one call many times slower, `evaluate` makes thousands for the
intervals, and scikit-learn has no expected calibration error. The tests hold them equal where it has the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 15
"""Of equal count, as far as the photographs allow."""
DIGITS = 6
COLUMNS = ("bin", "photographs", "lowest", "highest", "predicted", "observed")


def squared_errors(probability: FloatArray, happened: Bools) -> FloatArray:
    """Squared error of each probability; the mean is the Brier score (Brier 1950, "Verification of forecasts").

    A constant prediction of the share s of what happened scores s (1 - s), 0.25 at one half.

    Args:
        probability: (n,), of an event.
        happened: (n,), whether it did.

    Returns:
        (n,), each between 0 (perfect) and 1.

    Raises:
        ValueError: the shapes do not fit together, `happened` is not boolean, or a probability is none.
    """
    _check(probability, happened)
    return np.asarray((probability - happened) ** 2, dtype=np.float64)


def log_losses(probability: FloatArray, happened: Bools) -> FloatArray:
    """Negative log-likelihood of each event; the mean is the log loss (Good 1952, "Rational decisions").

    A probability of exactly 0 or 1 counts as the next one that a double holds, as in scikit-learn.

    Args:
        probability: (n,), of an event.
        happened: (n,), whether it did.

    Returns:
        (n,), in nats.

    Raises:
        ValueError: the shapes do not fit together, `happened` is not boolean, or a probability is none.
    """
    _check(probability, happened)
    edge = np.finfo(np.float64).eps
    inside = np.clip(probability, edge, 1 - edge)
    return np.asarray(-np.log(np.where(happened, inside, 1 - inside)), dtype=np.float64)


def reliability(probability: FloatArray, happened: Bools, bins: int = BINS) -> pd.DataFrame:
    """The reliability diagram, in bins of equal count (Nguyen & O'Connor 2015, "Posterior calibration").

    Photographs of equal probability are interchangeable: each counts with the share of them for which the event
    happened. So the table does not depend on the order of the photographs.

    Args:
        probability: (n,), of an event.
        happened: (n,), whether it did.
        bins: their number; with fewer photographs a bin each.

    Returns:
        A row a bin, by rising probability: `bin` from 1, `photographs`, `lowest` and `highest` probability, the mean
        probability (`predicted`) and the share for which the event happened (`observed`).

    Raises:
        ValueError: the shapes do not fit together, `happened` is not boolean, or a probability is none.
    """
    _check(probability, happened)
    ordered, observed = _ordered(probability, happened)
    rows = [
        (number, len(inside), ordered[inside[0]], ordered[inside[-1]], ordered[inside].mean(), observed[inside].mean())
        for number, inside in enumerate(_bins(len(ordered), bins), start=1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).round(DIGITS)


def calibration_error(probability: FloatArray, happened: Bools, bins: int = BINS) -> float:
    """Expected calibration error: mean distance of `predicted` and `observed` over the bins of `reliability`.

    Bins of equal count, weighted by their photographs (Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated
    probabilities using Bayesian binning"). Chance alone gives a perfectly calibrated model some of it, the more the
    fewer photographs a bin has.

    Args:
        probability: (n,), of an event.
        happened: (n,), whether it did.
        bins: their number.

    Returns:
        Between 0 (perfect) and 1; NaN without photographs.

    Raises:
        ValueError: the shapes do not fit together, `happened` is not boolean, or a probability is none.
    """
    _check(probability, happened)
    if not len(probability):
        return float("nan")
    ordered, observed = _ordered(probability, happened)
    gaps = [abs(float((ordered[inside] - observed[inside]).sum())) for inside in _bins(len(ordered), bins)]
    return float(sum(gaps) / len(ordered))


def _bins(count: int, bins: int) -> list[NDArray[np.intp]]:
    return list(np.array_split(np.arange(count), min(bins, count))) if count else []


def _ordered(probability: FloatArray, happened: Bools) -> tuple[FloatArray, FloatArray]:
    """Rising probabilities, and the share of each probability's photographs for which the event happened: both (n,)."""
    values, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    share = np.bincount(inverse, weights=happened, minlength=len(values)) / np.maximum(counts, 1)
    return np.repeat(values, counts), np.repeat(share, counts)


def _check(probability: NDArray[Any], happened: NDArray[Any]) -> None:
    if probability.ndim != 1 or probability.shape != happened.shape or happened.dtype != np.bool_:
        shapes = f"{probability.shape} and {happened.shape} {happened.dtype}"
        raise ValueError(f"probability and happened (bool) must both be (n,), not {shapes}")
    if len(probability) and not (probability.min() >= 0 and probability.max() <= 1):
        raise ValueError("a probability is not within 0 and 1")

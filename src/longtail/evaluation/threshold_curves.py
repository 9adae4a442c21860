"""The cost of predicting "new": over thresholds, and over the share of unknowns expected in production."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.open_set.calibration import DIGITS
from longtail.recognition.open_set.threshold import fit_threshold, insert_new, share_weights
from longtail.recognition.top_k import NEW, TOP_K, TopK

POINTS = 100
SHARES = (0.02, *(round(0.05 * step, 2) for step in range(1, 19)))
"""From 0.02 to 0.9."""


def threshold_curve(top_k: TopK, truth: Ints, threshold: float | None, predicted: Ints) -> pd.DataFrame:
    """`threshold_curve.csv`: share of new and of known photographs with "new" first, and open MAP@5.

    The row `chosen` holds the threshold that was fitted on all of `valid`, with the cross-fitted scores of the
    procedure: they may be a little lower than in the neighbouring rows.

    Args:
        top_k: of n photographs, by the classifier that was selected on all of them.
        truth: (n,), numbers of identities, or NEW.
        threshold: the one in `choice.json`.
        predicted: (n, 5), the predictions of the two-fold procedure.

    Returns:
        By rising threshold; empty where no threshold was fitted, because nothing is new.
    """
    if threshold is None:
        return pd.DataFrame([], columns=list(_CURVE))
    rows = [_row(limit, insert_new(top_k, limit), truth, chosen=False) for limit in _limits(top_k)]
    rows.append(_row(threshold, predicted, truth, chosen=True))
    table = pd.DataFrame(rows, columns=list(_CURVE)).sort_values(["threshold", "chosen"], ignore_index=True)
    return table.round(dict.fromkeys(_CURVE[1:4], DIGITS))


def share_curve(answers: Callable[[float | None], Ints], truth: Ints, on_all: TopK | None) -> pd.DataFrame:
    """`share_curve.csv`: expected open MAP@5 by share of unknowns, with reweighted photographs.

    `open_map_at_5` is of the answers for `valid`'s own share, `open_map_at_5_shifted` of those for the share of the
    row; both are cross-fitted, and so are the shares of new and of known photographs with "new" first, which are of the
    answers for the share of the row. `threshold` is fitted on all photographs, for that share.

    Args:
        answers: share of unknowns (None: that of `valid`) -> cross-fitted answers (n, 5).
        truth: (n,), numbers of identities, or NEW.
        on_all: top k of all n photographs, by the classifier that was selected on all of them; None: `predict` ranks by
            probability.

    Returns:
        By rising share; a single row where `valid` holds nothing new, or nothing known, and cannot be reweighted.
    """
    new = truth == NEW
    own = float(new.mean())
    unshifted = average_precision(answers(None), truth)
    rows: list[dict[str, Any]] = []
    for share in sorted({own, *SHARES} if 0 < own < 1 else {own}):
        if share != own and round(share, DIGITS) == round(own, DIGITS):
            continue
        is_valid = share == own
        weight = share_weights(new, share)
        shifted = answers(None if is_valid else share)
        threshold = None if on_all is None else fit_threshold(on_all, truth, None if is_valid else weight)
        row = {"unknown_share": share, "open_map_at_5": (unshifted * weight).mean(), "is_valid": is_valid}
        row["open_map_at_5_shifted"] = (average_precision(shifted, truth) * weight).mean()
        rows.append(row | called_new(shifted, truth) | {"threshold": threshold})
    return pd.DataFrame(rows, columns=list(_SHARES)).round(dict.fromkeys(_SHARES[:5], DIGITS))


def called_new(predicted: Ints, truth: Ints) -> dict[str, float]:
    """Shares of the new and of the known photographs with "new" first; NaN where there are none.

    Args:
        predicted: (n, 5), ranked identities.
        truth: (n,), numbers of identities, or NEW.

    Returns:
        `unknown_called_new` and `known_called_new`.
    """
    new_first, new = predicted[:, 0] == NEW, truth == NEW
    return {
        "unknown_called_new": float(new_first[new].mean()) if new.any() else float("nan"),
        "known_called_new": float(new_first[~new].mean()) if not new.all() else float("nan"),
    }


_SHARES = (
    "unknown_share", "open_map_at_5", "open_map_at_5_shifted", "unknown_called_new", "known_called_new",
    "threshold", "is_valid",
)  # fmt: skip
_CURVE = ("threshold", "unknown_called_new", "known_called_new", "open_map_at_5", "chosen")


def _limits(top_k: TopK) -> NDArray[np.float64]:
    """Thresholds from below all scores to above all, most where the best scores are densest."""
    scores = top_k.score[np.isfinite(top_k.score)].astype(np.float64)
    if not len(scores):
        return np.empty(0)
    best = top_k.best.astype(np.float64)
    spread = np.quantile(best[np.isfinite(best)], np.linspace(0, 1, POINTS - 2))
    return np.unique([scores.min(), *spread, np.nextafter(scores.max(), 2.0)])


def _row(threshold: float, predicted: Ints, truth: Ints, *, chosen: bool) -> tuple[float, float, float, float, bool]:
    of_unknown, of_known = called_new(predicted, truth).values()
    return threshold, of_unknown, of_known, average_precision(predicted, truth).mean(), chosen


def by_threshold(folds: tuple[tuple[TopK, Bools], ...], truth: Ints, share: float | None) -> Ints:
    """The answers of each photograph with the threshold that the other half fits.

    Args:
        folds: for each half the top k by the classifier that it selected, and its photographs, (n,).
        truth: (n,), numbers of identities, or NEW.
        share: of unknowns that is expected; None: that of the half.

    Returns:
        Ranked identities (n, 5).
    """
    predicted = np.empty((len(truth), TOP_K), dtype=np.int64)
    for top_k, fitted_on in folds:
        fitted, scored = np.flatnonzero(fitted_on), np.flatnonzero(~fitted_on)
        weight = None if share is None else share_weights(truth[fitted] == NEW, share)
        threshold = fit_threshold(top_k[fitted], truth[fitted], weight)
        predicted[scored] = insert_new(top_k[scored], threshold)
    return predicted

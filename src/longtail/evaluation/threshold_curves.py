"""What saying "new" costs: over thresholds, and over the share of unknowns that one expects at work."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set.calibration import DIGITS, Bools
from longtail.recognition.open_set.threshold import fit_threshold, insert_new, share_weights
from longtail.recognition.top_k import NEW, Candidates

POINTS = 100
SHARES = (0.02, *(round(0.05 * step, 2) for step in range(1, 19)))
"""From nearly none to 0.9."""


def threshold_curve(candidates: Candidates, truth: Ints, threshold: float | None, guesses: Ints) -> pd.DataFrame:
    """`threshold_curve.csv`: how often new and known photographs are told "new" first, and open MAP@5; rising.

    The row `chosen` holds the threshold that was chosen on all of `valid` and, beside it, what the procedure really
    scores, each photograph by the other half's fit: it may lie a little under its neighbours. Empty where no threshold
    was fitted, since nothing is new.

    Args:
        candidates: of n photographs, by the scorer that was chosen on all of them.
        truth: (n,), counts into the identities, or is NEW.
        threshold: the one that goes on to `predict`.
        guesses: (n, 5), what the two-half procedure guessed.
    """
    if threshold is None:
        return pd.DataFrame([], columns=list(_CURVE))
    rows = [_row(limit, insert_new(candidates, limit), truth, chosen=False) for limit in _limits(candidates)]
    rows.append(_row(threshold, guesses, truth, chosen=True))
    table = pd.DataFrame(rows, columns=list(_CURVE)).sort_values(["threshold", "chosen"], ignore_index=True)
    return table.round(dict.fromkeys(_CURVE[1:4], DIGITS))


def share_curve(on_a: Candidates, on_b: Candidates, on_all: Candidates, truth: Ints, half_b: Bools) -> pd.DataFrame:
    """`share_curve.csv`: expected open MAP@5 by share of unknowns, photographs reweighted, rising.

    `open_map_at_5` is scored by the thresholds of `valid`'s own share, `open_map_at_5_shifted` by those fitted for the
    share of the row; both fitted on one half and scored on the other. `threshold` is fitted on all, for that share.
    One row alone where `valid` holds nothing new, or nothing known: there is nothing to weigh.

    Args:
        on_a: candidates of all n photographs, by the scorer that half a chose.
        on_b: by the one that half b chose.
        on_all: by the one that was chosen on all.
        truth: (n,), counts into the identities, or is NEW.
        half_b: (n,), whether each lies in half b.
    """
    new = truth == NEW
    own = float(new.mean())
    ways = ((on_a, ~half_b), (on_b, half_b))
    kept = _precision(ways, truth, None)
    rows = []
    for share in sorted({own, *SHARES} if 0 < own < 1 else {own}):
        if share != own and round(share, DIGITS) == round(own, DIGITS):
            continue
        is_valid = share == own
        weight = share_weights(new, share)
        shifted = kept if is_valid else _precision(ways, truth, share)
        limit = fit_threshold(on_all, truth, None if is_valid else weight)
        rows.append((share, (kept * weight).mean(), (shifted * weight).mean(), limit, is_valid))
    columns = ["unknown_share", "open_map_at_5", "open_map_at_5_shifted", "threshold", "is_valid"]
    return pd.DataFrame(rows, columns=columns).round(dict.fromkeys(columns[:3], DIGITS))


_CURVE = ("threshold", "unknown_called_new", "known_called_new", "open_map_at_5", "chosen")


def _limits(candidates: Candidates) -> NDArray[np.float64]:
    """Thresholds from under every score to over every score, most where the best scores lie densest."""
    scores = candidates.score[np.isfinite(candidates.score)].astype(np.float64)
    if not len(scores):
        return np.empty(0)
    best = candidates.best.astype(np.float64)
    spread = np.quantile(best[np.isfinite(best)], np.linspace(0, 1, POINTS - 2))
    return np.unique([scores.min(), *spread, np.nextafter(scores.max(), 2.0)])


def _row(threshold: float, guesses: Ints, truth: Ints, *, chosen: bool) -> tuple[float, float, float, float, bool]:
    said, new = guesses[:, 0] == NEW, truth == NEW
    known_called_new = float(said[~new].mean()) if not new.all() else float("nan")
    return threshold, float(said[new].mean()), known_called_new, average_precision(guesses, truth).mean(), chosen


def _precision(ways: tuple[tuple[Candidates, Bools], ...], truth: Ints, share: float | None) -> NDArray[np.float64]:
    """Average precision (n,) of each photograph by the threshold that the other half fits for `share`."""
    precision = np.empty(len(truth))
    for candidates, told in ways:
        fitted, scored = np.flatnonzero(told), np.flatnonzero(~told)
        weight = None if share is None else share_weights(truth[fitted] == NEW, share)
        limit = fit_threshold(candidates[fitted], truth[fitted], weight)
        precision[scored] = average_precision(insert_new(candidates[scored], limit), truth[scored])
    return precision

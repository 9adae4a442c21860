"""Model selection by two-fold cross-fitting: select and fit on one half of `valid`, score on the other, and vice versa.

Selected: classifier and strategy, by open MAP@5. Fitted: the threshold for "new". The resulting score is that of the
whole procedure, because no photograph is scored by what it was used to select.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.evaluation.grid import Candidate
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.open_set.threshold import fit_threshold, insert_new
from longtail.recognition.top_k import TopK


@dataclass(frozen=True)
class CrossFitResult:
    """Predictions of a procedure for every scored photograph, each by the half that does not hold it."""

    open: Ints  # (n, 5), ranked identities with NEW among them
    closed: Ints  # (n, 5), known identities only
    best: NDArray[np.float32]  # (n,), score of the best known identity


@dataclass(frozen=True)
class Selection:
    """The index of the selected candidate, and its threshold; None where no photograph is new."""

    candidate: int
    threshold: float | None


def select(candidates: Sequence[Candidate], truth: Ints, on: Bools) -> Selection:
    """Select the candidate with the highest open MAP@5, each with its own best threshold.

    The score of a candidate is the mean over its seeds, so that a lucky seed wins nothing; the threshold is the first
    seed's.

    Args:
        candidates: what to select from; of equal scores the first wins.
        truth: (n,), numbers of identities, or NEW.
        on: (n,), the photographs to select on; only their truth is read.

    Returns:
        The selected candidate and its threshold.
    """
    rows = np.flatnonzero(on)
    scores = []
    for candidate in candidates:
        seeds = [_best_score(top_k[rows], truth[rows]) for top_k in (candidate.top_k, *candidate.other_seeds)]
        scores.append(round(float(np.mean(seeds)), 9))
    best = int(np.argmax(scores))
    return Selection(best, fit_threshold(candidates[best].top_k[rows], truth[rows]))


def _best_score(top_k: TopK, truth: Ints) -> float:
    predicted = insert_new(top_k, fit_threshold(top_k, truth))
    return float(average_precision(predicted, truth).mean())


def two_fold_select(
    candidates: Sequence[Candidate], truth: Ints, half_b: Bools
) -> tuple[CrossFitResult, Selection, Selection]:
    """Select on each half and predict the other.

    Args:
        candidates: what to select from.
        truth: (n,), numbers of identities, or NEW.
        half_b: (n,), whether each photograph lies in half b.

    Returns:
        The predictions for all photographs, the selection on half a, the selection on half b.
    """
    on_a, on_b = select(candidates, truth, ~half_b), select(candidates, truth, half_b)
    return cross_fit_result(candidates, on_a, on_b, half_b), on_a, on_b


def cross_fit_result(
    candidates: Sequence[Candidate], on_a: Selection, on_b: Selection, half_b: Bools
) -> CrossFitResult:
    """The predictions for each half by what was selected on the other.

    Args:
        candidates: what was selected from.
        on_a: selected on half a.
        on_b: selected on half b.
        half_b: (n,), whether each photograph lies in half b.

    Returns:
        The predictions for all photographs.
    """
    first = candidates[0].top_k
    opened, closed, best = first.identity.copy(), first.identity.copy(), first.best.copy()
    for selection, scored in ((on_a, half_b), (on_b, ~half_b)):
        rows = np.flatnonzero(scored)
        top_k = candidates[selection.candidate].top_k[rows]
        opened[rows], closed[rows], best[rows] = insert_new(top_k, selection.threshold), top_k.identity, top_k.best
    return CrossFitResult(opened, closed, best)

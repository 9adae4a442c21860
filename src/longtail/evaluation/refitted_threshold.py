"""Ways of answering by the threshold for "new", which is fitted again on every draw of the photographs.

Fitting is one running sum over the sorted scores (`open_set.threshold`), so that all draws are fitted and scored at
once. A draw's threshold lies in the middle between two neighbouring scores of all photographs of its half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from longtail.evaluation.paired_choice import FloatArray, Fold, Way
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set.threshold import ALWAYS_NEW, NEVER_NEW, change_of_ap, insert_new
from longtail.recognition.top_k import NEW, TopK


def by_threshold(by_a: TopK, by_b: TopK, truth: Ints, fold: Fold) -> Way:
    """Each half is answered with the threshold that the other one fits.

    Args:
        by_a: top k of all n scored photographs, by what the fold's first half fitted.
        by_b: by what its second half fitted; of a classifier that neither has fitted, the same.
        truth: (n,), numbers of identities, or NEW.
        fold: the photographs that are answered.

    Returns:
        The way.
    """
    a, b = np.flatnonzero(~fold.half_b), np.flatnonzero(fold.half_b)

    def scores(top_k: TopK, columns: Ints) -> _Scores:
        rows = fold.rows[columns]
        return _Scores.of(top_k[rows], truth[rows], columns)

    pairs = [(scores(top_k, fitted), scores(top_k, scored)) for top_k, fitted, scored in ((by_a, a, b), (by_b, b, a))]

    def summed(times: FloatArray) -> FloatArray:
        halves = [scored.summed(times, fitted.thresholds(times)) for fitted, scored in pairs]
        return np.asarray(np.sum(halves, axis=0))

    return summed


@dataclass(frozen=True)
class _Scores:
    """All scores of some photographs, falling, and what is gained where "new" comes after each."""

    photographs: Ints  # (p,), columns of the draws
    always_new: FloatArray  # (p,), average precision with "new" first
    values: FloatArray  # (s,)
    changes: FloatArray  # (s,), of average precision
    owner: Ints  # (s,), the column of each score's photograph
    any_new: bool

    @classmethod
    def of(cls, top_k: TopK, truth: Ints, photographs: Ints) -> _Scores:
        """Sort the scores of some photographs.

        Args:
            top_k: of these photographs.
            truth: numbers of identities, or NEW.
            photographs: their columns in the draws.

        Returns:
            Their scores.
        """
        scores = top_k.score.astype(np.float64)
        finite = np.isfinite(scores)
        order = np.argsort(-scores[finite], kind="stable")
        owner = np.broadcast_to(photographs[:, None], scores.shape)[finite][order]
        first = average_precision(insert_new(top_k, ALWAYS_NEW), truth)
        changes = change_of_ap(top_k, truth)[finite][order]
        return cls(photographs, first, scores[finite][order], changes, owner, bool((truth == NEW).any()))

    def thresholds(self, times: FloatArray) -> FloatArray:
        """The threshold of each draw, (draws,), as `fit_threshold` fits it."""
        if not self.any_new:
            return np.full(len(times), NEVER_NEW)
        if not len(self.values):
            return np.full(len(times), ALWAYS_NEW)
        gaps = np.flatnonzero(np.append(self.values[:-1] > self.values[1:], True))
        limits = np.append((self.values[:-1] + self.values[1:]) / 2, NEVER_NEW)[gaps]
        gains = self._gains(times).round(9)[:, gaps]
        best = gains.argmax(axis=1)
        return np.where(gains[np.arange(len(times)), best] > 0, limits[best], ALWAYS_NEW)

    def summed(self, times: FloatArray, thresholds: FloatArray) -> FloatArray:
        """Summed average precision of each draw with its threshold, (draws,)."""
        above = np.searchsorted(-self.values, -thresholds, side="right")
        gains = np.hstack([np.zeros((len(times), 1)), self._gains(times)])
        return np.asarray(times[:, self.photographs] @ self.always_new + gains[np.arange(len(times)), above])

    def _gains(self, times: FloatArray) -> FloatArray:
        return np.cumsum(times[:, self.owner] * self.changes, axis=1)

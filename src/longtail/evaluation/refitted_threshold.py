"""Bootstrap of open MAP@5 with the threshold for "new" fitted again in every resample.

Fitting is one running sum over the sorted scores (`open_set.threshold`), so that all resamples are fitted and scored at
once. A resample's threshold lies in the middle between two neighbouring scores of all photographs of its half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from longtail.evaluation.paired_choice import BootstrapStatistic, FloatArray, Fold
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set.threshold import ALWAYS_NEW, NEVER_NEW, change_of_ap, insert_new
from longtail.recognition.top_k import NEW, TopK


def by_threshold(by_a: TopK, by_b: TopK, truth: Ints, fold: Fold) -> BootstrapStatistic:
    """Each half is predicted with the threshold that the other one fits.

    Args:
        by_a: top k of all n scored photographs, by what the fold's first half fitted.
        by_b: by what its second half fitted; the same object where the halves fit nothing else.
        truth: (n,), numbers of identities, or NEW.
        fold: the photographs that are predicted.

    Returns:
        The statistic.
    """
    a, b = np.flatnonzero(~fold.half_b), np.flatnonzero(fold.half_b)

    def scores(top_k: TopK, columns: Ints) -> _Scores:
        rows = fold.rows[columns]
        return _Scores.of(top_k[rows], truth[rows], columns)

    pairs = [(scores(top_k, fitted), scores(top_k, scored)) for top_k, fitted, scored in ((by_a, a, b), (by_b, b, a))]

    def summed(counts: FloatArray) -> FloatArray:
        halves = [scored.summed(counts, fitted.thresholds(counts)) for fitted, scored in pairs]
        return np.asarray(np.sum(halves, axis=0))

    return summed


@dataclass(frozen=True)
class _Scores:
    """All scores of some photographs, descending, and what is gained where "new" comes after each."""

    photographs: Ints  # (p,), columns of the counts
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
            photographs: their columns in the counts.

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

    def thresholds(self, counts: FloatArray) -> FloatArray:
        """The threshold of each resample, (resamples,), as `fit_threshold` fits it."""
        if not self.any_new:
            return np.full(len(counts), NEVER_NEW)
        if not len(self.values):
            return np.full(len(counts), ALWAYS_NEW)
        gaps = np.flatnonzero(np.append(self.values[:-1] > self.values[1:], True))
        limits = np.append((self.values[:-1] + self.values[1:]) / 2, NEVER_NEW)[gaps]
        gains = self._gains(counts).round(9)[:, gaps]
        best = gains.argmax(axis=1)
        return np.where(gains[np.arange(len(counts)), best] > 0, limits[best], ALWAYS_NEW)

    def summed(self, counts: FloatArray, thresholds: FloatArray) -> FloatArray:
        """Summed average precision of each resample with its threshold, (resamples,)."""
        above = np.searchsorted(-self.values, -thresholds, side="right")
        gains = np.hstack([np.zeros((len(counts), 1)), self._gains(counts)])
        return np.asarray(counts[:, self.photographs] @ self.always_new + gains[np.arange(len(counts)), above])

    def _gains(self, counts: FloatArray) -> FloatArray:
        return np.cumsum(counts[:, self.owner] * self.changes, axis=1)

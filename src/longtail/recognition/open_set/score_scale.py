"""The scores of one network on the scale of another one, so that what was fitted with the one holds for both.

A line gives the best scores of photographs that neither network has learned from the same mean and standard deviation
under both. What a network has learned scores too high for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from longtail.recognition.embeddings import Floats, PairedEmbeddings
from longtail.recognition.top_k import Classifier

ENOUGH = 100
"""Photographs from which on a scale is fitted."""
_LIMIT = 1.9
"""Scores stay between `threshold.NEVER_NEW` and `ALWAYS_NEW`."""
_DIGITS = 9


@dataclass(frozen=True)
class ScoreScale:
    """`factor` x score + `shift`."""

    factor: float
    shift: float
    photographs: int
    """That it was fitted on."""

    def of(self, classifier: Classifier) -> Classifier:
        """The same classifier with its scores on this scale; -inf stays: there is nothing to compare with."""

        def score(queries: PairedEmbeddings) -> Floats:
            scores = classifier(queries)
            moved = np.clip(self.factor * scores + self.shift, -_LIMIT, _LIMIT)
            return np.where(np.isneginf(scores), scores, moved).astype(np.float32)

        return score

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ScoreScale:
        """What `to_dict` wrote."""
        return cls(**values)


def fit(onto: Floats, scores: Floats) -> ScoreScale | None:
    """The line that gives `scores` the mean and the standard deviation of `onto`.

    Args:
        onto: best scores of n photographs by one network, (n,).
        scores: those of the same photographs by another network, (n,).

    Returns:
        The scale; None of fewer than ENOUGH photographs, or where a network scores all of them alike.
    """
    finite = np.isfinite(onto) & np.isfinite(scores)
    target, source = onto[finite].astype(np.float64), scores[finite].astype(np.float64)
    if len(source) < ENOUGH or not target.std() or not source.std():
        return None
    factor = round(float(target.std() / source.std()), _DIGITS)
    return ScoreScale(factor, round(float(target.mean() - factor * source.mean()), _DIGITS), len(source))

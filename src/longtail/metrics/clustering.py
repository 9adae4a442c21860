"""How well groups agree with individuals: over pairs, over photographs, and corrected for chance.

`adjusted_rand` starts from counts of pairs, so that the bootstrap can weigh them; the tests hold it equal to
scikit-learn's `adjusted_rand_score`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]


class PairCounts(NamedTuple):
    """Pairs of photographs, or arrays of them: a number each resample."""

    right: Any
    """In one group, and of one individual."""
    wrong: Any
    """In one group, of two individuals."""
    missed: Any
    """Of one individual, in two groups."""
    apart: Any
    """Of two individuals, in two groups."""

    @property
    def precision(self) -> Any:
        """Share of the pairs in one group that show one individual; NaN where no pair is in one group."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> Any:
        """Share of the pairs of one individual that are in one group; NaN where there is no such pair."""
        return _share(self.right, self.right + self.missed)

    @property
    def adjusted_rand(self) -> Any:
        """Adjusted Rand index: 1 where groups equal individuals, 0 by chance.

        Hubert & Arabie 1985, "Comparing partitions", Journal of Classification 2; from the four counts as in Steinley
        2004, "Properties of the Hubert-Arabie adjusted Rand index", Psychological Methods 9.
        """
        right, wrong, missed, apart = (np.asarray(count, np.float64) for count in self)
        above = 2 * (right * apart - missed * wrong)
        below = (right + missed) * (missed + apart) + (right + wrong) * (wrong + apart)
        return np.where((wrong == 0) & (missed == 0), 1.0, _share(above, below))[()]


def count_pairs(groups: Ints, truth: Ints) -> PairCounts:
    """The four counts of n photographs.

    Args:
        groups: (n,), the number of each photograph's group.
        truth: (n,), the number of its individual.

    Returns:
        Counts of pairs.
    """
    both = _pairs_within(groups.astype(np.int64) * (int(truth.max(initial=0)) + 1) + truth)
    together, same = _pairs_within(groups), _pairs_within(truth)
    every = len(truth) * (len(truth) - 1) // 2
    return PairCounts(both, together - both, same - both, every - together - same + both)


def b_cubed(groups: Ints, truth: Ints) -> tuple[Floats, Floats]:
    """B-cubed precision and recall of each photograph; the scores are their means.

    Of a photograph's group the share that shows its individual, and of its individual's photographs the share that is
    in its group, itself included. Bagga & Baldwin 1998, "Entity-based cross-document coreferencing using the vector
    space model"; of the known measures the one that meets all four of the constraints of Amigó et al. 2009, "A
    comparison of extrinsic clustering evaluation metrics based on formal constraints".

    Args:
        groups: (n,), the number of each photograph's group.
        truth: (n,), the number of its individual.

    Returns:
        (n,) and (n,).
    """
    _, which = np.unique(groups, return_inverse=True)
    _, who = np.unique(truth, return_inverse=True)
    _, pair, counts = np.unique(which * (len(who) + 1) + who, return_inverse=True, return_counts=True)
    shared = counts[pair].astype(np.float64)
    return shared / np.bincount(which)[which], shared / np.bincount(who)[who]


def f_measure(precision: Any, recall: Any) -> Any:
    """Harmonic mean of precision and recall (van Rijsbergen 1979, "Information retrieval").

    Args:
        precision: a number, or an array of them.
        recall: likewise.

    Returns:
        The mean, or an array; NaN where both are 0.
    """
    return _share(2 * precision * recall, precision + recall)


def _pairs_within(numbers: Ints) -> int:
    _, counts = np.unique(numbers, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())


def _share(part: Any, whole: Any) -> Any:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole != 0)[()]

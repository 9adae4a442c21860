"""Which method groups, and down to which threshold: the most recall at a precision, on individuals that are known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.clustering import grouping
from longtail.recognition.clustering.grouping import Candidate
from longtail.recognition.clustering.pairs import Neighbourhood
from longtail.recognition.embeddings import Ints

UNJUDGED = -1
"""Individual of a photograph labelled unknown: two of them may show one, or not."""
FEWEST = 10
"""Judged pairs in groups from which a precision counts."""
_GRID = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)  # HDBSCAN's thresholds: pairs above, for each photograph


@dataclass(frozen=True)
class Pool:
    """n photographs of none of the known individuals, one a group, whose own individuals are known to us."""

    near: Neighbourhood
    individual: Ints
    """(n,), the number of the individual; UNJUDGED for a photograph labelled unknown."""

    @property
    def pairs(self) -> int:
        """Pairs that show one individual."""
        named = self.individual[self.individual != UNJUDGED]
        counts = np.bincount(named) if len(named) else np.zeros(1, np.int64)
        return int((counts * (counts - 1) // 2).sum())


class OperatingPoint(NamedTuple):
    """How photographs are grouped, and the pairs that this gave where it was chosen."""

    candidate: Candidate
    threshold: float
    right: int
    wrong: int


class Curve(NamedTuple):
    """Pairs in groups by threshold, highest first: (k,) each."""

    threshold: NDArray[np.float64]
    right: Ints
    wrong: Ints


def choose(pool: Pool, min_precision: float, factor: float = 1.0) -> dict[Candidate, OperatingPoint | None]:
    """Of each method the threshold with the most right pairs at a precision.

    Args:
        pool: what it is chosen on.
        min_precision: of the pairs in groups.
        factor: how many times as many photographs there will be; each then meets so many times as many that it could
            be confused with.

    Returns:
        {method: its operating point; None where it reaches that precision nowhere}, in the order of preference.
    """
    points: dict[Candidate, OperatingPoint | None] = {}
    for candidate in grouping.CANDIDATES:
        curve = _hdbscan(pool, candidate) if candidate.method == "hdbscan" else _linkage(pool, candidate)
        judged = curve.right + curve.wrong
        precise = curve.right >= min_precision * (curve.right + factor * curve.wrong)
        enough = np.flatnonzero(precise & (judged >= FEWEST) & (curve.right > 0))
        points[candidate] = None
        if len(enough):
            at = enough[curve.right[enough].argmax()]
            points[candidate] = OperatingPoint(
                candidate, float(curve.threshold[at]), int(curve.right[at]), int(curve.wrong[at])
            )
    return points


def best(points: dict[Candidate, OperatingPoint | None]) -> OperatingPoint | None:
    """The operating point with the most right pairs, of equals the first; None where there is none."""
    reached = [point for point in points.values() if point is not None]
    return max(reached, key=lambda point: point.right) if reached else None


def judge(individual: Ints, groups: Ints) -> tuple[int, int]:
    """Pairs in groups that are right, and those that are wrong; two photographs labelled unknown are not judged.

    Args:
        individual: (n,), see `Pool`.
        groups: (n,), numbers of groups.

    Returns:
        Both counts.
    """
    right = wrong = 0
    for number in np.flatnonzero(np.bincount(groups, minlength=1) > 1):
        members = Counter(individual[groups == number].tolist())
        named = [count for who, count in members.items() if who != UNJUDGED]
        same = sum(count * (count - 1) // 2 for count in named)
        total = sum(named)
        right += same
        wrong += total * (total - 1) // 2 - same + total * members[UNJUDGED]
    return right, wrong


def _linkage(pool: Pool, candidate: Candidate) -> Curve:
    """One pass over the merges, the most similar first."""
    floor = grouping.lowest_threshold(pool.near, candidate.similarity)
    members = {row: Counter([who]) for row, who in enumerate(pool.individual.tolist())}
    counts, right, wrong = [], 0, 0
    for merge in grouping.merges(pool.near, candidate, floor):
        first, second = int(merge.first.min()), int(merge.second.min())
        one, other = members.pop(first), members.pop(second)
        named = (one.total() - one[UNJUDGED], other.total() - other[UNJUDGED])
        same = sum(count * other[who] for who, count in one.items() if who != UNJUDGED)
        judged = named[0] * other.total() + one[UNJUDGED] * named[1]
        right, wrong = right + same, wrong + judged - same
        members[min(first, second)] = one + other
        counts.append((merge.similarity, right, wrong))
    curve = _curve(counts)
    following = np.append(curve.threshold[1:], floor)  # between two merges, whatever the last digit of either
    return curve._replace(threshold=(curve.threshold + following[: len(counts)]) / 2)


def _hdbscan(pool: Pool, candidate: Candidate) -> Curve:
    values = np.sort(pool.near.pairs[candidate.similarity].to_numpy())[::-1]
    floor = grouping.lowest_threshold(pool.near, candidate.similarity)
    at = [min(int(many * len(pool.near)), len(values) - 1) for many in _GRID] if len(values) else []
    thresholds = sorted({float(values[index]) for index in at if values[index] >= floor}, reverse=True)
    return _curve([(one, *judge(pool.individual, grouping.group(pool.near, candidate, one))) for one in thresholds])


def _curve(counts: list[tuple[float, int, int]]) -> Curve:
    table = np.array(counts, np.float64).reshape(-1, 3)
    return Curve(table[:, 0], table[:, 1].astype(np.int64), table[:, 2].astype(np.int64))

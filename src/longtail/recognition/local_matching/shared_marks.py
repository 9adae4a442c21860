"""The marks that two photographs share, for people: a few of them, numbered, by their positions on both pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.local_matching.common_marks import Sharing, weights
from longtail.recognition.local_matching.keypoints import Keypoints
from longtail.recognition.local_matching.verification import match

MOST = 10
"""Marks that are drawn of a pair: more cannot be told apart on a small picture."""
_APART = 0.07  # share of the longer side that two marks must lie apart, so that their numbers do not overlap

Position = tuple[float, float]


@dataclass(frozen=True)
class SharedMarks:
    """Marks on two photographs; a position is x and y from 0 to 1, from the upper left corner."""

    total: int
    """How many match."""
    first: Sequence[Position] = ()
    """Of those that are drawn, on the first photograph."""
    second: Sequence[Position] = ()
    """The same marks on the second photograph."""
    weights: Sequence[float] = ()
    """What each of these counts: 1, less where other candidates share it."""
    common: int = 0
    """How many of all that match other candidates share."""
    counted: float = 0.0
    """What all that match count together."""

    def in_words(self) -> str:
        """How many match, and how many of them say little."""
        if not self.total:
            return "no mark matches"
        other = f", {self.common} of them with other candidates too" if self.common else ""
        return f"{self.total} mark matches{other}" if self.total == 1 else f"{self.total} marks match{other}"


def shared_marks(first: Keypoints, second: Keypoints, sharing: Sharing | None = None) -> SharedMarks:
    """The marks that two photographs share, those that count most first; of crowded ones not all are drawn.

    Args:
        first: keypoints of a photograph.
        second: of the other.
        sharing: how many candidates each mark of the first matches; None: each counts 1.

    Returns:
        Their number, and the positions of at most MOST of them, of equal ones the strongest.
    """
    pairs = match(first, second).pairs
    candidates = np.ones(len(pairs), np.uint16) if sharing is None else sharing[pairs[:, 0]]
    order = np.argsort(candidates, kind="stable")
    pairs, candidates = pairs[order], candidates[order]
    positions = [_positions(one)[pairs[:, column]] for column, one in enumerate((first, second))]
    drawn: list[int] = []
    for row in range(len(pairs)):
        if len(drawn) < MOST and all(_is_clear(of_photograph, row, drawn) for of_photograph in positions):
            drawn.append(row)
    here, there = (
        [(round(x, 4), round(y, 4)) for x, y in of_photograph[drawn].tolist()] for of_photograph in positions
    )
    counts = weights(candidates)
    of_drawn = counts[drawn].round(4).tolist()
    return SharedMarks(len(pairs), here, there, of_drawn, int((candidates > 1).sum()), float(counts.sum()))


def _positions(keypoints: Keypoints) -> NDArray[np.float64]:
    return np.asarray(np.clip(keypoints.positions.astype(np.float64) / np.array(keypoints.size), 0.0, 1.0))


def _is_clear(positions: NDArray[np.float64], row: int, drawn: Sequence[int]) -> bool:
    """Whether the mark in `row` lies clear of those that are drawn."""
    return bool((np.hypot(*(positions[list(drawn)] - positions[row]).T) >= _APART).all())

"""The marks that two photographs share, for people: a few of them, numbered, by their places on both pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.local_matching.keypoints import Keypoints
from longtail.recognition.local_matching.verification import match

MOST = 10
"""Marks that are drawn of a pair: more cannot be told apart on a small picture."""
_APART = 0.07  # share of the longer side that two marks must lie apart, so that their numbers do not overlap

Place = tuple[float, float]


@dataclass(frozen=True)
class SharedMarks:
    """Marks on two photographs; a place is x and y from 0 to 1, from the upper left corner."""

    total: int
    """How many match."""
    first: Sequence[Place] = ()
    """Of those that are drawn, on the first photograph."""
    second: Sequence[Place] = ()
    """The same marks on the second photograph."""


def shared_marks(first: Keypoints, second: Keypoints) -> SharedMarks:
    """The marks that two photographs share, the strongest first; of crowded ones not all are drawn.

    Args:
        first: keypoints of a photograph.
        second: of the other.

    Returns:
        Their number, and the places of at most MOST of them.
    """
    pairs = match(first, second).pairs
    places = [_places(one)[pairs[:, column]] for column, one in enumerate((first, second))]
    drawn: list[int] = []
    for row in range(len(pairs)):
        if len(drawn) < MOST and all(_far(place, row, drawn) for place in places):
            drawn.append(row)
    here, there = ([(round(x, 4), round(y, 4)) for x, y in place[drawn].tolist()] for place in places)
    return SharedMarks(len(pairs), here, there)


def _places(keypoints: Keypoints) -> NDArray[np.float64]:
    return np.asarray(np.clip(keypoints.positions.astype(np.float64) / np.array(keypoints.size), 0.0, 1.0))


def _far(places: NDArray[np.float64], row: int, drawn: Sequence[int]) -> bool:
    """Whether the mark in `row` lies clear of those that are drawn."""
    return bool((np.hypot(*(places[list(drawn)] - places[row]).T) >= _APART).all())

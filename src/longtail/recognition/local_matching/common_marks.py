"""How much the marks that match say for each candidate: a mark that many candidates share says little.

The outline of a fluke has a notch and two tips on every whale, and they match. So a mark of the query counts the less,
the more of its candidates it matches: the square root of their number divides it (the burstiness between images of
Jégou, Douze and Schmid 2009, "On the burstiness of visual elements"). Nothing is fitted or stored for this: the
candidates of the query itself are what it is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.local_matching.verification import Match

_DIGITS = 6

Sharing = NDArray[np.uint16]
"""Of each keypoint of a query, how many of its candidates it matches."""


class CountedMarks(NamedTuple):
    """The marks that a query shares with c candidates."""

    marks: NDArray[np.float64]
    """(c,), how many, each divided by the square root of the number of candidates that it matches: of the photograph
    that shares most; 0 where nothing matches."""
    photograph: NDArray[np.int64]
    """(c,), of that photograph among those of the candidate, of equal ones the first; -1 where nothing matches."""
    sharing: Sharing
    """(keypoints,)."""


def count_marks(keypoints: int, matches: Sequence[Sequence[Match]]) -> CountedMarks:
    """Count the marks that match, common ones less.

    Args:
        keypoints: of the query.
        matches: of c candidates, of each with some of its photographs.

    Returns:
        Their number for each candidate, and by which photograph.
    """
    most = max((len(photographs) for photographs in matches), default=0)
    shared = np.zeros((len(matches), most, keypoints), dtype=bool)
    for candidate, photographs in enumerate(matches):
        for photograph, match in enumerate(photographs):
            shared[candidate, photograph, match.pairs[:, 0]] = True
    sharing = shared.any(axis=1).sum(axis=0).astype(np.uint16)
    if not shared.size:
        return CountedMarks(np.zeros(len(matches)), np.full(len(matches), -1), sharing)
    numbers = (shared * weights(sharing)).sum(axis=2).round(_DIGITS)
    marks = numbers.max(axis=1)
    return CountedMarks(marks, np.where(marks > 0, numbers.argmax(axis=1), -1), sharing)


def weights(sharing: Sharing) -> NDArray[np.float64]:
    """What each mark counts: 1 where no other candidate shares it, less where several do."""
    return np.asarray(1.0 / np.sqrt(np.maximum(sharing, 1)))

"""How much the marks that match say for each candidate: a mark that many candidates share says little.

The outline of a fluke has a notch and two tips on every whale, and they match. So a mark of the query counts the less,
the more of its candidates it matches: the square root of their number divides it (the burstiness between images of
Jégou, Douze and Schmid 2009, "On the burstiness of visual elements"). Nothing is fitted or stored for this: the
candidates of the query itself are what it is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.local_matching.verification import Match

_DIGITS = 6


def weighted_marks(keypoints: int, matches: Sequence[Sequence[Match]]) -> NDArray[np.float64]:
    """The number of marks that match, each divided by the square root of the number of candidates that it matches.

    Args:
        keypoints: of the query.
        matches: of c candidates, of each with some of its photographs.

    Returns:
        (c,), of the photograph that shares most with the query; 0 where nothing matches.
    """
    most = max((len(photographs) for photographs in matches), default=0)
    shared = np.zeros((len(matches), most, keypoints), dtype=bool)
    for candidate, photographs in enumerate(matches):
        for place, match in enumerate(photographs):
            shared[candidate, place, match.pairs[:, 0]] = True
    sharing = shared.any(axis=1).sum(axis=0)  # (keypoints,), candidates
    weights = 1.0 / np.sqrt(np.maximum(sharing, 1))
    return np.asarray((shared * weights).sum(axis=2).max(axis=1, initial=0.0).round(_DIGITS))

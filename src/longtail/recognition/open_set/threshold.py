"""When to say "none of the known": the threshold under which it is said, and what it costs.

"New" takes its place in the ranked candidates where their score falls below the threshold, and moves the rest back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.embeddings import Ints
from longtail.recognition.top_k import NEW, NONE, PLACES, Candidates

ALWAYS_NEW = 2.0
NEVER_NEW = -2.0
"""Beyond all scores, which lie in [-1, 1]."""


def insert_new(candidates: Candidates, threshold: float | None) -> Ints:
    """Ranked guesses (n, PLACES) with NEW before the first candidate whose score is below `threshold`.

    Without a threshold (none could be fitted) "new" is never said. With fewer identities than places it comes last
    at the latest; under NEVER_NEW only there, where it displaces nothing.
    """
    if threshold is None:
        return candidates.identity.copy()
    # In double precision: a threshold between two neighbouring float32 scores must stay between them.
    place = (candidates.score.astype(np.float64) >= threshold).sum(axis=1)[:, None]
    wide = np.hstack([candidates.identity, np.full((len(candidates), 1), NONE, dtype=np.int64)])
    columns = np.arange(PLACES)[None, :]
    shifted = np.take_along_axis(wide, np.maximum(columns - 1, 0), axis=1)
    return np.where(columns < place, wide[:, :PLACES], np.where(columns == place, NEW, shifted))


def fit_threshold(candidates: Candidates, truth: Ints, weight: NDArray[np.float64] | None = None) -> float | None:
    """The threshold with the highest open MAP@5 on these photographs; None where none of them is NEW.

    Exact: between two neighbouring scores nothing changes, so every gap is tried, from above all scores downwards;
    of equals the highest is taken, in the middle of its gap.

    Args:
        candidates: of n photographs.
        truth: (n,), counts into the identities, or is NEW.
        weight: (n,), what each photograph counts; all the same where it is None. With `share_weights` the threshold
            maximises the MAP@5 that is to be expected where another share of the photographs is unknown.
    """
    if not (truth == NEW).any():
        return None
    scores = candidates.score.astype(np.float64)
    events = np.isfinite(scores)
    changes = _change_of_ap(candidates, truth)
    if weight is not None:
        changes = changes * weight[:, None]
    values, changes = scores[events], changes[events]
    order = np.argsort(-values, kind="stable")
    values, gains = values[order], np.cumsum(changes[order]).round(9)
    gaps = np.flatnonzero(np.append(values[:-1] > values[1:], True)) if len(values) else np.empty(0, dtype=np.int64)
    best = gaps[gains[gaps].argmax()] if len(gaps) else 0
    if not len(gaps) or gains[best] <= 0:
        return ALWAYS_NEW
    return float((values[best] + values[best + 1]) / 2) if best + 1 < len(values) else NEVER_NEW


def share_weights(new: NDArray[np.bool_], share: float) -> NDArray[np.float64]:
    """Weights (n,) under which `share` of the photographs is new; their sum stays n.

    New photographs weigh share / (their share here), known ones (1 - share) / (theirs): what happens to either kind
    is taken as seen here, how often each comes is not. Where only one kind is here, all weigh 1.
    """
    here = float(new.mean()) if len(new) else 0.0
    if here in (0.0, 1.0):
        return np.ones(len(new))
    return np.where(new, share / here, (1.0 - share) / (1.0 - here))


def _change_of_ap(candidates: Candidates, truth: Ints) -> np.ndarray:
    """What each photograph's average precision gains when "new" moves from place j to j + 1: (n, PLACES)."""
    worth = np.append(1.0 / np.arange(1, PLACES + 1), 0.0)  # of the right answer at place 0, 1, ...
    new = np.broadcast_to(worth[1:] - worth[:-1], candidates.identity.shape)
    # A known one at place j stood at j + 1 while "new" was before it.
    known = np.where(candidates.identity == truth[:, None], worth[:-1] - worth[1:], 0.0)
    return np.where((truth == NEW)[:, None], new, known)

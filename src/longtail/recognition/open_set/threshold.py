"""When to predict "none of the known": the threshold on the scores, and how it is fitted.

"New" enters the ranking where the scores fall below the threshold, and moves the identities after it back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.embeddings import Ints
from longtail.recognition.top_k import NEW, NONE, TOP_K, TopK

ALWAYS_NEW = 2.0
NEVER_NEW = -2.0
"""Outside the range of all scores, [-1, 1]."""


def insert_new(top_k: TopK, threshold: float | None) -> Ints:
    """Insert NEW before the first identity whose score is below `threshold`.

    With fewer than TOP_K identities, "new" fills the first empty slot. NEVER_NEW fills empty slots only.

    Args:
        top_k: the best known identities of n photographs.
        threshold: None: "new" is never predicted.

    Returns:
        Ranked identities (n, TOP_K).
    """
    if threshold is None:
        return top_k.identity.copy()
    # In double precision: a threshold between two neighbouring float32 scores must stay between them.
    position = (top_k.score.astype(np.float64) >= threshold).sum(axis=1)[:, None]
    padded = np.hstack([top_k.identity, np.full((len(top_k), 1), NONE, dtype=np.int64)])
    columns = np.arange(TOP_K)[None, :]
    shifted = np.take_along_axis(padded, np.maximum(columns - 1, 0), axis=1)
    return np.where(columns < position, padded[:, :TOP_K], np.where(columns == position, NEW, shifted))


def fit_threshold(top_k: TopK, truth: Ints, weight: NDArray[np.float64] | None = None) -> float | None:
    """The threshold with the highest open MAP@5.

    Exact: nothing changes between two neighbouring scores, so every gap is tried, from above all scores downwards. Of
    equal gaps the highest is taken, and the threshold is its middle.

    Args:
        top_k: the best known identities of n photographs.
        truth: (n,), numbers of identities, or NEW.
        weight: (n,), of the photographs; None: all 1. With `share_weights` the threshold maximises the expected MAP@5
            for another share of unknowns.

    Returns:
        The threshold; None where no photograph is NEW.
    """
    if not (truth == NEW).any():
        return None
    scores = top_k.score.astype(np.float64)
    finite = np.isfinite(scores)
    changes = change_of_ap(top_k, truth)
    if weight is not None:
        changes = changes * weight[:, None]
    values, changes = scores[finite], changes[finite]
    order = np.argsort(-values, kind="stable")
    values, gains = values[order], np.cumsum(changes[order]).round(9)
    gaps = np.flatnonzero(np.append(values[:-1] > values[1:], True)) if len(values) else np.empty(0, dtype=np.int64)
    best = gaps[gains[gaps].argmax()] if len(gaps) else 0
    if not len(gaps) or gains[best] <= 0:
        return ALWAYS_NEW
    return float((values[best] + values[best + 1]) / 2) if best + 1 < len(values) else NEVER_NEW


def share_weights(new: NDArray[np.bool_], share: float) -> NDArray[np.float64]:
    """Importance weights for another share of unknowns (prior shift).

    Args:
        new: (n,), whether each photograph is of none of the known.
        share: of unknowns that is expected.

    Returns:
        (n,): share / (their share here) for unknowns, (1 - share) / (theirs) for known ones; the sum stays n. All 1
        where only one kind is present.
    """
    here = float(new.mean()) if len(new) else 0.0
    if here in (0.0, 1.0):
        return np.ones(len(new))
    return np.where(new, share / here, (1.0 - share) / (1.0 - here))


def change_of_ap(top_k: TopK, truth: Ints) -> NDArray[np.float64]:
    """What average precision gains when "new" moves from rank j to j + 1 (0 is the first).

    Args:
        top_k: the best known identities of n photographs.
        truth: (n,), numbers of identities, or NEW.

    Returns:
        (n, TOP_K).
    """
    precision = np.append(1.0 / np.arange(1, TOP_K + 1), 0.0)  # of the right answer at rank 0, 1, ...
    new = np.broadcast_to(precision[1:] - precision[:-1], top_k.identity.shape)
    # A known identity at rank j stood at j + 1 while "new" was before it.
    known = np.where(top_k.identity == truth[:, None], precision[:-1] - precision[1:], 0.0)
    return np.asarray(np.where((truth == NEW)[:, None], new, known))

"""Candidates for `valid` as they come after the refit: each half against a gallery that holds the other half too.

`predict` refits on all labelled photographs. Its gallery is larger than the train fold's, so that a photograph of
nobody we know finds something a little more like it, and best scores rise: a threshold fitted against the train fold
alone would be too low. `valid` cannot be scored by a gallery it is part of; but one half of it can be scored by train
and the other half, both ways round, which is nearly as large. Groups stay whole, and so do identities: one that only
`valid` holds is in one half, and stays unknown to the gallery that it is scored by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from longtail.recognition.embeddings import Bools, Ints, Views
from longtail.recognition.eval_set import Scored, learned_from, numbers_of, scored
from longtail.recognition.top_k import Candidates, Scorer, rank

Refit = Callable[[pd.DataFrame], tuple[Scorer, Sequence[str]]]
"""The chosen scorer refitted on all that a split's table names, and the identities that its scores count."""


def halve(clusters: Sequence[str], unknown: Bools, seed: int) -> Bools:
    """True for half b: whole clusters (identities, or groups of unlabelled ones) dealt in the order of their hash.

    Known and unknown are dealt apart, so that each half has both wherever there are two of each.
    """
    in_b: dict[str, bool] = {}
    for kind in (False, True):
        names = {name for name, is_unknown in zip(clusters, unknown, strict=True) if is_unknown == kind}
        dealt = sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
        in_b |= {name: bool(place % 2) for place, name in enumerate(dealt)}
    return np.array([in_b[name] for name in clusters], dtype=bool)


def cross(
    split: pd.DataFrame, labelled: tuple[pd.DataFrame, Views], seed: int, refit: Refit
) -> tuple[Candidates, Ints]:
    """Candidates and truths of the scored photographs of `valid`, each by a scorer that learned from the other half.

    Each half counts identities by a list of its own: the two are comparable photograph by photograph only, which is
    all that a threshold needs.

    Args:
        split: the split's table.
        labelled: index and embeddings of the labelled photographs.
        seed: of the halves, the one that `evaluate` had.
        refit: called once a half.
    """
    index, embeddings = labelled
    valid = scored(split, index, sorted(set(learned_from(split, index, ("train",))["identity"])))
    half_b = halve(valid.clusters, ~valid.known, seed)
    identity, score = [], []
    truth = np.empty(len(half_b), dtype=np.int64)
    order = []
    for half in (~half_b, half_b):
        rows = np.flatnonzero(half)
        scorer, identities = refit(without(split, valid, half))
        found = rank(scorer, embeddings[valid.rows[rows]])
        truth[rows] = numbers_of(valid.table["identity"].iloc[rows], identities)
        identity.append(found.identity)
        score.append(found.score)
        order.append(rows)
    back = np.argsort(np.concatenate(order))
    return Candidates(np.vstack(identity)[back], np.vstack(score)[back]), truth


def without(split: pd.DataFrame, valid: Scored, half: Bools) -> pd.DataFrame:
    """The split's table without what of `valid` belongs to that half: its groups, and its identities' photographs."""
    theirs = valid.table[half]
    named = set(theirs["identity"]) - {""}
    belongs = split["group"].isin(set(theirs["group"])) | split["identity"].isin(named)
    return split[~(belongs & (split["fold"] == "valid"))]

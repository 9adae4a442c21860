"""Two-fold cross-fitting on `valid`, for the threshold that `predict` uses after refitting on all photographs.

The gallery of the refitted classifier is larger than the train fold's. A photograph of an unknown individual then
finds a slightly more similar one, and best scores rise: a threshold fitted with the train fold alone would be too low.
`valid` cannot be scored by a gallery that contains it. But each half of it can be scored by the train fold, what is
kept out for `discover` and the other half, which is nearly as large. Groups stay whole, and so do identities: one that
only `valid` holds lies in one half, and stays unknown to the gallery that scores it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from longtail.recognition.embeddings import Bools, Ints, PairedEmbeddings
from longtail.recognition.eval_set import (
    LABELLED_FOLDS,
    EvalSet,
    encode_identities,
    make_eval_set,
    reachable_truth,
    training_photographs,
    within_reach,
)
from longtail.recognition.top_k import Gallery, Ranker, TopK

Refit = Callable[[pd.DataFrame], tuple[Ranker, Sequence[str]]]
"""A split's table -> what ranks by the classifier refitted on its photographs, and the identities of its scores."""


def assign_halves(clusters: Sequence[str], unknown: Bools, seed: int) -> Bools:
    """Split photographs in two halves; clusters stay whole.

    Clusters are assigned in turn, in the order of their hash. Known and unknown ones are assigned separately, so that
    each half has both wherever there are two of each.

    Args:
        clusters: (n,), the identity of each photograph, or the group of an unlabelled one.
        unknown: (n,), whether it is of none of the known.
        seed: part of the hash.

    Returns:
        (n,), True for half b.
    """
    in_b: dict[str, bool] = {}
    for kind in (False, True):
        names = {name for name, is_unknown in zip(clusters, unknown, strict=True) if is_unknown == kind}
        ordered = sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
        in_b |= {name: bool(position % 2) for position, name in enumerate(ordered)}
    return np.array([in_b[name] for name in clusters], dtype=bool)


def cross_fit_top_k(
    split: pd.DataFrame, labelled: tuple[pd.DataFrame, PairedEmbeddings], seed: int, refit: Refit
) -> tuple[TopK, Ints]:
    """The top k of the scored photographs of `valid`, each by a classifier fitted with the other half.

    Args:
        split: the table of `split.parquet`.
        labelled: index and embeddings of the labelled photographs.
        seed: of the halves, as in `evaluate`.
        refit: called once a half.

    Returns:
        Top k and ground truth of n photographs. Each half numbers the identities in its own way, so the numbers can
        be compared within a photograph only; a threshold needs no more.
    """
    index, embeddings = labelled
    known = sorted(set(training_photographs(split, index, ("train",))["identity"]))
    valid = make_eval_set(split, index, known)
    valid = within_reach(valid, embeddings[valid.rows], _gallery(split, labelled, ("train",), known))
    half_b = assign_halves(valid.clusters, ~valid.known, seed)
    identity, score, order = [], [], []
    truth = np.empty(len(half_b), dtype=np.int64)
    for half in (~half_b, half_b):
        rows = np.flatnonzero(half)
        kept = without_half(split, valid, half)
        ranker, identities = refit(kept)
        queries, of_half = embeddings[valid.rows[rows]], valid.table.iloc[rows]
        top_k = ranker(queries, of_half["image"].tolist())
        numbers = encode_identities(of_half["identity"], identities)
        truth[rows] = reachable_truth(numbers, queries, _gallery(kept, labelled, LABELLED_FOLDS, identities))
        identity.append(top_k.identity)
        score.append(top_k.score)
        order.append(rows)
    back = np.argsort(np.concatenate(order))
    return TopK(np.vstack(identity)[back], np.vstack(score)[back]), truth


def _gallery(
    split: pd.DataFrame,
    labelled: tuple[pd.DataFrame, PairedEmbeddings],
    folds: Sequence[str],
    identities: Sequence[str],
) -> Gallery:
    """The photographs of some folds that show one of `identities`."""
    index, embeddings = labelled
    photographs = training_photographs(split, index, folds)
    photographs = photographs[photographs["identity"].isin(set(identities))]
    rows = photographs["row"].to_numpy(dtype=np.int64)
    return Gallery(embeddings[rows], encode_identities(photographs["identity"], identities))


def without_half(split: pd.DataFrame, valid: EvalSet, half: Bools) -> pd.DataFrame:
    """Remove one half of `valid` from the split: its groups, and all photographs of its identities in `valid`.

    Args:
        split: the table of `split.parquet`.
        valid: the evaluation set.
        half: (n,), which of its photographs to remove.

    Returns:
        The rows that stay.
    """
    removed = valid.table[half]
    named = set(removed["identity"]) - {""}
    belongs = split["group"].isin(set(removed["group"])) | split["identity"].isin(named)
    return split[~(belongs & (split["fold"] == "valid"))]

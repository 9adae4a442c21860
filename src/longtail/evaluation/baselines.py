"""The trivial baselines that every score is compared with."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult, two_fold_select
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.embeddings import Bools, Ints, PairedEmbeddings
from longtail.recognition.eval_set import EvalSet, encode_identities, row_index
from longtail.recognition.near_hashes import NEAR
from longtail.recognition.top_k import BLOCK, NEW, NONE, TOP_K, Gallery, rank
from longtail.recognition.training_set import TrainingSet
from longtail.recognition.traits import Traits

BASELINES = ("all_new", "most_frequent", "frozen_1nn", "duplicates_only")


def predict_baselines(
    pretrained: tuple[pd.DataFrame, PairedEmbeddings],
    split: pd.DataFrame,
    labelled: pd.DataFrame,
    training_set: TrainingSet,
    eval_set: EvalSet,
    half_b: Bools,
) -> dict[str, CrossFitResult]:
    """The predictions of every baseline.

    Args:
        pretrained: index and embeddings of the labelled photographs by the backbone before training.
        split: the table of `split.parquet`.
        labelled: `prepare`'s table: image, dhash.
        training_set: of the train fold.
        eval_set: the scored photographs.
        half_b: (n,), whether each lies in half b.

    Returns:
        {name: predictions}, in the order of BASELINES.
    """
    index, views = pretrained
    identity = training_set.photographs.identity
    gallery = row_index(training_set.pool.photographs["image"], index)
    train = split[split["fold"] == "train"]
    queries, of_train = views[eval_set.rows].traits, views[row_index(train["image"], index)].traits
    return {
        "all_new": all_new(len(eval_set.truth)),
        "most_frequent": most_frequent(len(eval_set.truth), identity, queries, views[gallery].traits),
        "frozen_1nn": frozen_1nn(views, gallery, identity, eval_set, half_b),
        "duplicates_only": duplicates_only(
            hashes_of(eval_set.table["image"], labelled),
            hashes_of(train["image"], labelled),
            encode_identities(train["identity"], training_set.identities),
            queries,
            of_train,
        ),
    }


def all_new(count: int) -> CrossFitResult:
    """Predict "new" for each of `count` photographs."""
    return _constant(count, np.array([NEW]))


def most_frequent(
    count: int, identity: Ints, queries: Traits | None = None, gallery: Traits | None = None
) -> CrossFitResult:
    """Predict the identities with the most training photographs, of those that may be compared.

    Args:
        count: number of scored photographs.
        identity: of each training photograph, as a number.
        queries: side and species of the scored photographs, where the data has them.
        gallery: those of the training photographs.

    Returns:
        The same predictions for all of one side and species.
    """
    if queries is None or gallery is None:
        return _constant(count, _by_frequency(identity))
    ranked = np.full((count, TOP_K), NONE, dtype=np.int64)
    for kind, rows in queries.distinct():
        first = _by_frequency(identity[kind.comparable(gallery)[0]])
        ranked[rows[:, None], np.arange(len(first))] = first
    return CrossFitResult(ranked, ranked, np.zeros(count, dtype=np.float32))


def frozen_1nn(
    pretrained: PairedEmbeddings, gallery: Ints, identity: Ints, eval_set: EvalSet, half_b: Bools
) -> CrossFitResult:
    """Nearest neighbour on the backbone before any training, with a cross-fitted threshold.

    Args:
        pretrained: embeddings of all labelled photographs by the backbone before training.
        gallery: their rows to compare with.
        identity: of each row of `gallery`, as a number.
        eval_set: the scored photographs.
        half_b: (n,), whether each lies in half b.

    Returns:
        Its predictions.
    """
    classifier = nearest_neighbour(Gallery(pretrained[gallery].normalised(), identity), int(identity.max()) + 1)
    top_k = rank(classifier, pretrained[eval_set.rows])
    candidate = Candidate("none", "frozen_1nn", top_k, images=len(gallery), added=0)
    return two_fold_select([candidate], eval_set.truth, half_b)[0]


def duplicates_only(
    hashes: NDArray[np.uint64],
    others: NDArray[np.uint64],
    identity: Ints,
    queries: Traits | None = None,
    train: Traits | None = None,
) -> CrossFitResult:
    """Predict the label of a near-duplicate in the train fold, then "new"; only "new" where there is none.

    The nearest photograph by difference hash, within NEAR bits, without verification; of equals the first. With a
    split that leaks, this alone scores high. With an honest one it is close to all-new.

    Args:
        hashes: (n,), of the scored photographs.
        others: (m,), of all photographs of the train fold, those of unknown label included.
        identity: (m,), theirs; NEW for an unknown label.
        queries: side and species of the scored photographs, where the data has them.
        train: those of the m photographs.

    Returns:
        Its predictions.
    """
    predicted = np.full((len(hashes), TOP_K), NONE, dtype=np.int64)
    predicted[:, 0] = NEW
    for start in range(0, len(hashes) if len(others) else 0, BLOCK):
        block = slice(start, start + BLOCK)
        distance = np.bitwise_count(hashes[block, None] ^ others[None, :])
        if queries is not None and train is not None:
            distance = np.where(queries[block].comparable(train), distance, np.uint8(65))  # further than any
        nearest = distance.argmin(axis=1)
        label = identity[nearest]
        near = (distance[np.arange(len(nearest)), nearest] <= NEAR) & (label != NEW)
        predicted[block][near, 0], predicted[block][near, 1] = label[near], NEW
    closed = np.where(predicted == NEW, NONE, predicted)
    return CrossFitResult(predicted, closed, np.where(closed[:, 0] == NONE, 0.0, 1.0).astype(np.float32))


def hashes_of(images: pd.Series, labelled: pd.DataFrame) -> NDArray[np.uint64]:
    """Difference hashes of some images.

    Args:
        images: n names.
        labelled: `prepare`'s table: image, dhash.

    Returns:
        (n,).
    """
    hashes = pd.Series(labelled["dhash"].to_numpy(dtype=np.uint64), index=labelled["image"])
    return hashes.loc[images].to_numpy(dtype=np.uint64)


def _by_frequency(identity: Ints) -> Ints:
    """The identities that occur most, at most TOP_K; of equally frequent ones the lower number."""
    counts = np.bincount(identity)
    first = np.argsort(-counts, kind="stable")[:TOP_K]
    return np.asarray(first[counts[first] > 0])


def _constant(count: int, predicted: Ints) -> CrossFitResult:
    row = np.full(TOP_K, NONE, dtype=np.int64)
    row[: len(predicted)] = predicted
    rows = np.tile(row, (count, 1))
    return CrossFitResult(rows, np.where(rows == NEW, NONE, rows), np.zeros(count, dtype=np.float32))

"""What any score stands beside: the trivial baselines. One that does not beat them has learned nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.evaluation.model_selection import Outcome, two_halves
from longtail.recognition.classifiers.base import nearest_neighbour
from longtail.recognition.classifiers.fit import Entry
from longtail.recognition.embeddings import Bools, Ints, Views
from longtail.recognition.eval_set import Scored
from longtail.recognition.top_k import BLOCK, NEW, NONE, PLACES, Gallery, rank

BASELINES = ("all_new", "most_frequent", "frozen_1nn", "duplicates_only")
NEAR = 4
"""Differing bits of a 64-bit difference hash under which two photographs are taken for the same, unverified."""


def all_new(count: int) -> Outcome:
    """Every photograph is of none of the known."""
    return _same_for_all(count, np.array([NEW]))


def most_frequent(count: int, identity: Ints) -> Outcome:
    """The identities with the most photographs to learn from (`identity`, one number each), the same for all."""
    counts = np.bincount(identity)
    return _same_for_all(count, np.argsort(-counts, kind="stable")[:PLACES])


def frozen_1nn(pretrained: Views, gallery: Ints, identity: Ints, scored: Scored, half_b: Bools) -> Outcome:
    """Nearest neighbour on the backbone before any training; its threshold is fitted by the same two halves.

    `gallery`: rows of `pretrained` to compare with, `identity` theirs.
    """
    scorer = nearest_neighbour(Gallery(pretrained[gallery].normalised(), identity), int(identity.max()) + 1)
    entry = Entry("none", "frozen_1nn", rank(scorer, pretrained[scored.rows]), images=len(gallery), added=0)
    return two_halves([entry], scored.truth, half_b)[0]


def duplicates_only(hashes: NDArray[np.uint64], others: NDArray[np.uint64], identity: Ints) -> Outcome:
    """The label of the train photograph that looks the same, then new; new alone where none does.

    The nearest by difference hash, within NEAR bits, unverified; of equals the first. Under a split that leaks, this
    alone scores high; under an honest one it is close to all-new.

    Args:
        hashes: (n,), of the scored photographs.
        others: (m,), of all photographs of the train fold, those of unknown label included.
        identity: (m,), theirs; NEW for an unknown label.
    """
    guesses = np.full((len(hashes), PLACES), NONE, dtype=np.int64)
    guesses[:, 0] = NEW
    for start in range(0, len(hashes) if len(others) else 0, BLOCK):
        block = slice(start, start + BLOCK)
        distance = np.bitwise_count(hashes[block, None] ^ others[None, :])
        nearest = distance.argmin(axis=1)
        copied = identity[nearest]
        near = (distance[np.arange(len(nearest)), nearest] <= NEAR) & (copied != NEW)
        guesses[block][near, 0], guesses[block][near, 1] = copied[near], NEW
    closed = np.where(guesses == NEW, NONE, guesses)
    return Outcome(guesses, closed, np.where(closed[:, 0] == NONE, 0.0, 1.0).astype(np.float32))


def hashes_of(images: pd.Series, labelled: pd.DataFrame) -> NDArray[np.uint64]:
    """Difference hash of each image, from `prepare`'s table."""
    hashes = pd.Series(labelled["dhash"].to_numpy(dtype=np.uint64), index=labelled["image"])
    return hashes.loc[images].to_numpy(dtype=np.uint64)


def _same_for_all(count: int, guesses: Ints) -> Outcome:
    row = np.full(PLACES, NONE, dtype=np.int64)
    row[: len(guesses)] = guesses
    every = np.tile(row, (count, 1))
    return Outcome(every, np.where(every == NEW, NONE, every), np.zeros(count, dtype=np.float32))

"""Local scaling: an individual that photographs of many others resemble must be more similar to the query.

From the score of an individual is subtracted half of the mean of its ten highest scores among labelled photographs of
others: the gallery's part of CSLS (Conneau et al. 2018, "Word translation without parallel data", section 2.3), whose
numbers these are, and a cohort normalisation of speaker recognition (Auckenthaler, Carey and Lloyd-Thomas 2000, "Score
normalization for text-independent speaker verification systems"). No query takes part in it.
"""

from __future__ import annotations

import numpy as np

from longtail.recognition.embeddings import Floats
from longtail.recognition.top_k import Classifier, Gallery, in_blocks

NEIGHBOURS = 10
SHARE = 0.5
COHORT = 10_000
"""Labelled photographs that an individual is compared with, at most: time and memory grow with the gallery alone."""


def offsets(classifier: Classifier, photographs: Gallery, identities: int) -> Floats:
    """What is subtracted from the score of each identity.

    Args:
        classifier: gives the scores.
        photographs: the labelled ones, without copies.
        identities: how many there are.

    Returns:
        (identities,), with a mean of 0: an identity of average neighbourhood keeps its score. 0 where no photograph of
        another identity may be compared.
    """
    count = len(photographs.identity)
    cohort = np.unique(np.linspace(0, count - 1, min(count, COHORT)).astype(np.int64))
    views, identity = photographs.views[cohort], photographs.identity[cohort]
    best = np.full((NEIGHBOURS, identities), -np.inf, dtype=np.float32)
    start = 0
    for block in in_blocks(views):
        scores = classifier(block).copy()
        scores[np.arange(len(scores)), identity[start : start + len(scores)]] = -np.inf
        start += len(scores)
        best = np.partition(np.concatenate([best, scores]), -NEIGHBOURS, axis=0)[-NEIGHBOURS:]
    best = np.sort(best, axis=0).astype(np.float64)
    comparable = np.isfinite(best)
    if not comparable.any():
        return np.zeros(identities, dtype=np.float32)
    scored = comparable.any(axis=0)
    mean = np.where(comparable, best, 0.0).sum(axis=0) / np.maximum(comparable.sum(axis=0), 1)
    return np.asarray(np.where(scored, SHARE * (mean - mean[scored].mean()), 0.0), dtype=np.float32)


def scaled(classifier: Classifier, offset: Floats) -> Classifier:
    """A classifier with scaled scores.

    Args:
        classifier: gives the scores.
        offset: (identities,), as from `offsets`.

    Returns:
        A function: embeddings of n photographs -> scores (n, identities).
    """
    return lambda queries: np.asarray(classifier(queries) - offset, dtype=np.float32)

"""The five best identities of a photograph, and the labelled photograph that best matches each.

Five are enough for everything that follows: MAP@5 reads no more, and "new" takes one of the five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings, matmul_t

NEW = -1
"""Label of "none of the known", among predictions and as ground truth."""
NONE = -2
"""Padding where there are fewer than k identities. Equal to no ground truth."""
TOP_K = 5
"""k of the top k."""
BLOCK = 512
"""Photographs scored at a time: bounds the memory to BLOCK x gallery."""

Classifier = Callable[[PairedEmbeddings], Floats]
"""Scores of n photographs over all identities, (n, identities), in [-1, 1] and comparable over photographs."""


@dataclass(frozen=True)
class TopK:
    """The best known identities of n photographs, best first."""

    identity: Ints  # (n, TOP_K) unless stated otherwise, NONE where there are fewer identities
    score: Floats  # of the same shape, -inf there

    def __len__(self) -> int:
        return len(self.identity)

    def __getitem__(self, rows: Ints) -> TopK:
        return TopK(self.identity[rows], self.score[rows])

    @property
    def best(self) -> Floats:
        """Score of the best known identity, (n,): high where the photograph shows a known one."""
        return np.asarray(self.score[:, 0])


@dataclass(frozen=True)
class Gallery:
    """Labelled photographs to compare with: `views` (n, d), normalised, and the identity of each, (n,), as a number."""

    views: PairedEmbeddings
    identity: Ints


Ranker = Callable[[PairedEmbeddings, Sequence[str]], TopK]
"""The top k of n photographs, by their embeddings and their names."""


def rank(classifier: Classifier, queries: PairedEmbeddings, k: int = TOP_K) -> TopK:
    """The best identities of each query; of equal scores the identity with the lower number.

    Args:
        classifier: gives the scores.
        queries: embeddings of n photographs.
        k: how many of each.

    Returns:
        The top `k` of each.
    """
    return rank_scores((classifier(block) for block in in_blocks(queries)), k)


def in_blocks(queries: PairedEmbeddings) -> Iterator[PairedEmbeddings]:
    """`queries`, BLOCK at a time."""
    return (queries[slice(start, start + BLOCK)] for start in range(0, len(queries), BLOCK))


def rank_scores(blocks: Iterable[Floats], k: int = TOP_K) -> TopK:
    """The best identities by given scores.

    Args:
        blocks: (b, identities) each, in the order of the photographs.
        k: how many of each photograph.

    Returns:
        The top `k` of each.
    """
    return concatenate([rank_block(scores.copy(), k) for scores in blocks], k)


def concatenate(parts: Sequence[TopK], k: int = TOP_K) -> TopK:
    """Put parts one after the other.

    Args:
        parts: (b, k) each; there may be none.
        k: how many candidates each photograph has.

    Returns:
        All photographs.
    """
    empty = TopK(np.empty((0, k), dtype=np.int64), np.empty((0, k), dtype=np.float32))
    parts = [empty, *parts]
    return TopK(np.concatenate([part.identity for part in parts]), np.concatenate([part.score for part in parts]))


def rank_block(scores: Floats, k: int = TOP_K) -> TopK:
    """Rank one block.

    Args:
        scores: (b, identities), overwritten.
        k: how many of each photograph.

    Returns:
        The top `k` of each.
    """
    identity = np.full((len(scores), k), NONE, dtype=np.int64)
    score = np.full((len(scores), k), -np.inf, dtype=np.float32)
    rows = np.arange(len(scores))
    for column in range(min(k, scores.shape[1])):
        best = scores.argmax(axis=1)  # the first of equals: the same order on every machine
        identity[:, column], score[:, column] = best, scores[rows, best]
        scores[rows, best] = -np.inf
    identity[np.isneginf(score)] = NONE
    return TopK(identity, score)


def similarities(queries: PairedEmbeddings, gallery: PairedEmbeddings) -> Floats:
    """Mean of the cosine of the photographs and that of their mirror images.

    Args:
        queries: (n, d), normalised.
        gallery: (m, d), normalised.

    Returns:
        (n, m), in [-1, 1]; -inf where the two may not be compared (`traits`).
    """
    cosines = matmul_t(queries.plain, gallery.plain)
    cosines += matmul_t(queries.mirrored, gallery.mirrored)
    cosines /= 2
    if queries.traits is not None and gallery.traits is not None:
        cosines[~queries.traits.comparable(gallery.traits)] = -np.inf
    return cosines


def best_match(identities: Ints, queries: PairedEmbeddings, gallery: Gallery) -> Ints:
    """The most similar gallery photograph of each predicted identity.

    Args:
        identities: (n, k), predicted for each query.
        queries: embeddings of the n photographs, normalised.
        gallery: the labelled photographs.

    Returns:
        Rows of the gallery, (n, k); NONE where the identity has no photograph there that may be compared.
    """
    matches = np.full(identities.shape, NONE, dtype=np.int64)
    if not len(gallery.identity):
        return matches
    for start in range(0, len(queries), BLOCK):
        block = slice(start, start + BLOCK)
        cosines = similarities(queries[block], gallery.views)
        rows = np.arange(len(cosines))
        for column in range(identities.shape[1]):
            own = gallery.identity[None, :] == identities[block, column, None]
            of_identity = np.where(own, cosines, -np.inf)
            best = of_identity.argmax(axis=1)
            matches[block, column] = np.where(np.isfinite(of_identity[rows, best]), best, NONE)
    return matches

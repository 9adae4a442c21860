"""The five best identities of a photograph, and the labelled photograph that speaks for each.

Five are enough for everything that follows: the grader reads no more, and "new" takes a place among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from longtail.recognition.embeddings import Floats, Ints, Views, product

NEW = -1
"""Stands for "none of the known" among the candidates, and as a truth."""
NONE = -2
"""No candidate: there are fewer identities than places. Equal to no truth."""
PLACES = 5
BLOCK = 512
"""Photographs scored at a time: bounds the memory to BLOCK x gallery."""

Scorer = Callable[[Views], Floats]
"""Scores of n photographs over all identities, (n, identities), in [-1, 1] and comparable over photographs."""


@dataclass(frozen=True)
class Candidates:
    """The best known identities of n photographs, best first."""

    identity: Ints  # (n, PLACES), NONE where there are fewer identities
    score: Floats  # (n, PLACES), -inf there

    def __len__(self) -> int:
        return len(self.identity)

    def __getitem__(self, rows: Ints) -> Candidates:
        return Candidates(self.identity[rows], self.score[rows])

    @property
    def best(self) -> Floats:
        """Score of the best known candidate, (n,): how sure the scorer is that the photograph is of a known one."""
        return np.asarray(self.score[:, 0])


@dataclass(frozen=True)
class Gallery:
    """Labelled photographs to compare with, normalised; `identity` (n,) counts into the identities."""

    views: Views
    identity: Ints


def rank(scorer: Scorer, queries: Views) -> Candidates:
    """The best identities of each of `queries`; of equal scores the identity that comes first."""
    return rank_scores(scorer(part) for part in in_blocks(queries))


def in_blocks(queries: Views) -> Iterator[Views]:
    """`queries`, BLOCK at a time."""
    return (queries[slice(start, start + BLOCK)] for start in range(0, len(queries), BLOCK))


def rank_scores(blocks: Iterable[Floats]) -> Candidates:
    """The best identities by scores that are there already: (n, identities), block after block."""
    none = Candidates(np.empty((0, PLACES), dtype=np.int64), np.empty((0, PLACES), dtype=np.float32))
    found = [none, *(_best(scores.copy()) for scores in blocks)]
    return Candidates(np.concatenate([part.identity for part in found]), np.concatenate([part.score for part in found]))


def _best(scores: Floats) -> Candidates:
    """Of one block, which is used up."""
    identity = np.full((len(scores), PLACES), NONE, dtype=np.int64)
    score = np.full((len(scores), PLACES), -np.inf, dtype=np.float32)
    rows = np.arange(len(scores))
    for place in range(min(PLACES, scores.shape[1])):
        best = scores.argmax(axis=1)  # the first of equals: an order that no machine changes
        identity[:, place], score[:, place] = best, scores[rows, best]
        scores[rows, best] = -np.inf
    identity[np.isneginf(score)] = NONE
    return Candidates(identity, score)


def similarities(queries: Views, gallery: Views) -> Floats:
    """Cosines (n, gallery), averaged over the photographs and over their mirror images. Both are normalised."""
    likeness = product(queries.plain, gallery.plain)
    likeness += product(queries.mirrored, gallery.mirrored)
    likeness /= 2
    return likeness


def supporters(candidates: Ints, queries: Views, gallery: Gallery) -> Ints:
    """Row of the gallery's photograph of each candidate (n, k) that is most like the query; NONE where it has none."""
    found = np.full(candidates.shape, NONE, dtype=np.int64)
    if not len(gallery.identity):
        return found
    for start in range(0, len(queries), BLOCK):
        block = slice(start, start + BLOCK)
        likeness = similarities(queries[block], gallery.views)
        rows = np.arange(len(likeness))
        for place in range(candidates.shape[1]):
            own = gallery.identity[None, :] == candidates[block, place, None]
            best = np.where(own, likeness, -np.inf).argmax(axis=1)
            found[block, place] = np.where(own[rows, best], best, NONE)
    return found

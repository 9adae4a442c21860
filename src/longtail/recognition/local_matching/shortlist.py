"""The shortlist of a query: the classifier's best candidates, and the marks that their photographs share with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from longtail.compute import progress, torch_threads
from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings
from longtail.recognition.local_matching.common_marks import CountedMarks, Sharing, count_marks
from longtail.recognition.local_matching.fusion import FloatArray, Fusion
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.local_matching.keypoints import Keypoints
from longtail.recognition.local_matching.supporting import ByMarks, Support
from longtail.recognition.local_matching.verification import Match, match_all
from longtail.recognition.top_k import BLOCK, NONE, Classifier, Gallery, Ranker, TopK, rank, similarities

CANDIDATES = 30
"""Best candidates of the classifier whose photographs are compared with the query, mark by mark."""
PHOTOGRAPHS = 3
"""Of each candidate: those that are most similar to the query by embedding."""


@dataclass(frozen=True)
class LabelledMarks:
    """The labelled photographs that a classifier compares with, and their keypoints."""

    gallery: Gallery
    images: Sequence[str]  # the labelled photograph behind each row of the gallery
    table: KeypointTable
    known: dict[tuple[int, str], Match] | None = None
    """What several shortlists of the same queries have compared: by the `id` of the query's keypoints, and the
    photograph. None: nothing is kept."""

    def count(self, query: Keypoints, rows: Ints) -> CountedMarks:
        """How many marks a query shares with some candidates.

        Args:
            query: its keypoints.
            rows: of the gallery, (c, p): p photographs of each candidate, negative where there are fewer.

        Returns:
            Of c candidates, 0 where there is no photograph.
        """
        images = [self.images[row] if row >= 0 else "" for row in rows.ravel().tolist()]
        matches, width = self._matches(query, images), rows.shape[1]
        own = [matches[start : start + width] for start in range(0, len(matches), width)]
        return count_marks(len(query), own)

    def _matches(self, query: Keypoints, images: Sequence[str]) -> list[Match]:
        """The marks that a query shares with each of some photographs: of each pair the same, whatever is beside it."""
        if self.known is None:
            return match_all(query, [self.table.of(image) for image in images])
        missing = [image for image in dict.fromkeys(images) if (id(query), image) not in self.known]
        matches = match_all(query, [self.table.of(image) for image in missing])
        self.known.update({(id(query), image): match for image, match in zip(missing, matches, strict=True)})
        return [self.known[id(query), image] for image in images]

    def names(self, rows: Ints, counted: CountedMarks) -> list[str]:
        """The photograph of each candidate that shares most marks with a query.

        Args:
            rows: of the gallery, (c, p), as they were counted.
            counted: by `count`.

        Returns:
            c names, "" where none match.
        """
        photographs = enumerate(counted.photograph.tolist())
        return [
            "" if photograph < 0 else self.images[rows[candidate, photograph]] for candidate, photograph in photographs
        ]

    def photographs(self, identities: Ints, queries: PairedEmbeddings) -> Ints:
        """The labelled photographs of each candidate that are most similar to the query.

        Args:
            identities: (n, c), the candidates of each query.
            queries: embeddings of the n photographs, normalised.

        Returns:
            Rows of the gallery, (n, c, PHOTOGRAPHS), the most similar first, a photograph once however many rows it
            has; NONE where there are fewer that may be compared.
        """
        chosen = np.full((*identities.shape, PHOTOGRAPHS), NONE, dtype=np.int64)
        order = np.argsort(self.gallery.identity, kind="stable")
        ends = np.bincount(self.gallery.identity, minlength=identities.max(initial=0) + 1).cumsum()
        of_identity = np.split(order, ends[:-1])
        for start in range(0, len(queries), BLOCK):
            cosines = similarities(queries[slice(start, start + BLOCK)], self.gallery.views)
            for query, similar in enumerate(cosines, start):
                for candidate, identity in enumerate(identities[query].tolist()):
                    own = of_identity[identity] if identity >= 0 else order[:0]
                    best = self._most_similar(own, similar[own])
                    chosen[query, candidate, : len(best)] = best
        return chosen

    def _most_similar(self, rows: Ints, cosines: Floats) -> list[int]:
        """One row each of the most similar photographs in some rows of the gallery."""
        best: dict[str, int] = {}
        for position in np.argsort(-cosines, kind="stable").tolist():
            if len(best) == PHOTOGRAPHS or np.isneginf(cosines[position]):
                break
            best.setdefault(self.images[rows[position]], int(rows[position]))
        return list(best.values())


@dataclass(frozen=True)
class Shortlist:
    """The best candidates of n photographs, and how many marks each shares with its query (`count_marks`)."""

    top_k: TopK  # (n, CANDIDATES)
    marks: FloatArray  # (n, CANDIDATES)
    photographs: Sequence[Sequence[str]] = ()  # (n, CANDIDATES), which labelled one shares them; "" where none match
    sharing: Sequence[Sharing] = ()  # n times: of each keypoint, how many candidates it matches

    def fused(self, fusion: Fusion) -> TopK:
        """The top k (n, TOP_K) by score and marks."""
        return fusion.top_k(self.top_k, fusion.evidence(self.marks))

    def by_marks(self) -> list[ByMarks]:
        """The photograph of each candidate that shares most marks with its query, n times."""
        rows = zip(self.top_k.identity.tolist(), self.photographs, self.marks.tolist(), strict=True)
        return [photographs_by_marks(*row) for row in rows]


def photographs_by_marks(identities: Sequence[int], photographs: Sequence[str], marks: Sequence[float]) -> ByMarks:
    """What the marks say of the candidates of one query.

    Args:
        identities: c candidates.
        photographs: of each the one that shares most marks; "" where none match.
        marks: how many that are.

    Returns:
        The candidates with marks that match.
    """
    every = zip(identities, photographs, marks, strict=True)
    return {identity: Support(image, number) for identity, image, number in every if image}


def shortlist(
    classifier: Classifier, queries: PairedEmbeddings, keypoints: Sequence[Keypoints], marks: LabelledMarks, label: str
) -> Shortlist:
    """Compare each query with its best candidates: of each the labelled photographs most similar by embedding.

    Args:
        classifier: gives the scores.
        queries: embeddings of n photographs.
        keypoints: of these.
        marks: the classifier's labelled photographs.
        label: name of the work in the lines of progress.

    Returns:
        The shortlist of each.
    """
    wide = rank(classifier, queries, CANDIDATES)
    rows = marks.photographs(wide.identity, queries.normalised())
    counted = list(progress(_count(keypoints, rows, marks), len(rows), label))
    numbers = np.array([one.marks for one in counted], dtype=np.float64).reshape(len(rows), CANDIDATES)
    shared = [marks.names(own, one) for own, one in zip(rows, counted, strict=True)]
    return Shortlist(wide, numbers, shared, [one.sharing for one in counted])


def _count(keypoints: Sequence[Keypoints], rows: Ints, marks: LabelledMarks) -> Iterator[CountedMarks]:
    """Marks shared with the photographs in `rows` (n, c, p): OpenCV and BLAS work outside Python's lock.

    BLAS takes one thread for each product: its own threads would wait for each other, beside those of the pool.

    Yields:
        Of each query.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(torch_threads()) as pool:
        yield from pool.map(marks.count, keypoints, rows)


def ranked(
    classifier: Classifier,
    views: PairedEmbeddings,
    keypoints: Sequence[Keypoints],
    marks: LabelledMarks,
    fusion: Fusion | None,
) -> tuple[TopK, list[ByMarks] | None]:
    """The candidates of photographs by the classifier, or by the classifier and the marks.

    Args:
        classifier: gives the scores.
        views: embeddings of n photographs.
        keypoints: of these.
        marks: the classifier's labelled photographs.
        fusion: of scores and marks; None: the marks are not used.

    Returns:
        The top k, and by which photographs; None where the marks are not used.
    """
    if fusion is None:
        return rank(classifier, views), None
    listed = shortlist(classifier, views, keypoints, marks, "predict: photographs compared by marks")
    return listed.fused(fusion), listed.by_marks()


def ranker(classifier: Classifier, marks: LabelledMarks, queries: KeypointTable, fusion: Fusion | None) -> Ranker:
    """What ranks the candidates of photographs, as `ranked`.

    Args:
        classifier: gives the scores.
        marks: its labelled photographs.
        queries: keypoints of the photographs that will be ranked.
        fusion: of scores and marks; None: the marks are not used.

    Returns:
        A function of embeddings and names.
    """
    if fusion is None:  # no keypoint is read then
        return lambda views, images: rank(classifier, views)
    return lambda views, images: ranked(classifier, views, [queries.of(one) for one in images], marks, fusion)[0]

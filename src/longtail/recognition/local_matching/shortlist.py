"""The shortlist of a query: the classifier's best candidates, each with its photograph, and the marks they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from longtail.compute import progress
from longtail.recognition.embeddings import Ints, PairedEmbeddings
from longtail.recognition.local_matching.fusion import Fusion
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.local_matching.keypoints import Keypoints
from longtail.recognition.local_matching.verification import match_all
from longtail.recognition.top_k import Classifier, Gallery, Ranker, TopK, best_match, rank

CANDIDATES = 20
"""Best candidates of the classifier whose photographs are compared with the query, mark by mark."""


@dataclass(frozen=True)
class LabelledMarks:
    """The labelled photographs that a classifier compares with, and their keypoints."""

    gallery: Gallery
    images: Sequence[str]  # the labelled photograph behind each row of the gallery
    table: KeypointTable

    def inliers(self, query: Keypoints, rows: Sequence[int]) -> list[int]:
        """How many marks a query shares with some labelled photographs.

        Args:
            query: its keypoints.
            rows: of the gallery; negative where there is no photograph.

        Returns:
            A number a row, 0 where there is no photograph.
        """
        compared = [self.table.of(self.images[row] if row >= 0 else "") for row in rows]
        return [match.inliers for match in match_all(query, compared)]


@dataclass(frozen=True)
class Shortlist:
    """The best candidates of n photographs, and how many marks each shares with its query."""

    top_k: TopK  # (n, CANDIDATES)
    inliers: Ints  # (n, CANDIDATES)

    def fused(self, fusion: Fusion) -> TopK:
        """The top k (n, PLACES) by score and marks."""
        return fusion.top_k(self.top_k, fusion.evidence(self.inliers))


def shortlist(
    classifier: Classifier, queries: PairedEmbeddings, keypoints: Sequence[Keypoints], marks: LabelledMarks, label: str
) -> Shortlist:
    """Compare each query with its best candidates: of each the labelled photograph that is most similar by embedding.

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
    rows = best_match(wide.identity, queries.normalised(), marks.gallery)
    counted = progress(_count(keypoints, rows, marks), len(rows), label)
    inliers = np.array(list(counted), dtype=np.int64).reshape(len(rows), CANDIDATES)
    return Shortlist(wide, inliers)


def _count(keypoints: Sequence[Keypoints], rows: Ints, marks: LabelledMarks) -> Iterator[list[int]]:
    """Marks shared with the photographs in `rows` (n, c): OpenCV and BLAS work outside Python's lock."""
    with ThreadPoolExecutor() as pool:
        yield from pool.map(marks.inliers, keypoints, rows.tolist())


def ranker(classifier: Classifier, marks: LabelledMarks, queries: KeypointTable, fusion: Fusion | None) -> Ranker:
    """What ranks the candidates of photographs: the classifier, or the classifier and the marks.

    Args:
        classifier: gives the scores.
        marks: its labelled photographs.
        queries: keypoints of the photographs that will be ranked.
        fusion: of scores and marks; None: the marks are not used.

    Returns:
        A function of embeddings and names.
    """
    if fusion is None:
        return lambda views, images: rank(classifier, views)

    def fused(views: PairedEmbeddings, images: Sequence[str]) -> TopK:
        of_images = [queries.of(image) for image in images]
        return shortlist(classifier, views, of_images, marks, "predict: photographs compared by marks").fused(fusion)

    return fused

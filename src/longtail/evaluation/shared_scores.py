"""Scores of the held-out photographs that several classifiers have in common, computed once.

All strategies that leave the gallery as it is share its similarities. A cosine classifier and an ensemble of one
strategy and seed share the scores of their head.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np

from longtail.recognition.classifiers.class_mean import class_mean
from longtail.recognition.classifiers.comparable import among_comparable
from longtail.recognition.classifiers.ensemble import combine_scores
from longtail.recognition.classifiers.fit import WITH_COSINE_HEAD, FittedClassifier
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.embeddings import Floats, PairedEmbeddings
from longtail.recognition.top_k import Classifier, Gallery, TopK, concatenate, in_blocks, rank_block

_KEPT = 2**28
"""Bytes of scores that a gallery keeps; those of further blocks are computed again by each strategy."""


class GalleryScores:
    """Scores of the queries by one gallery: of nearest neighbour, of class mean, and their mean for an ensemble."""

    def __init__(self, gallery: Gallery, identities: int, queries: PairedEmbeddings) -> None:
        """Prepare both classifiers.

        Args:
            gallery: labelled photographs.
            identities: how many there are.
            queries: embeddings of the scored photographs.
        """
        self.gallery, self.identities, self.queries = gallery, identities, queries
        self._classifiers: dict[str, Classifier] = {
            "nearest_neighbour": among_comparable(
                lambda part: nearest_neighbour(part, identities), gallery, identities
            ),
            "nearest_class_mean": among_comparable(lambda part: class_mean(part, identities), gallery, identities),
        }
        self._of_block: tuple[int, dict[str, Floats]] = (-1, {})
        self._kept: dict[int, Floats] = {}
        self._other: GalleryScores | None = None

    def of(self, gallery: Gallery) -> GalleryScores:
        """The scores by `gallery`: these where it is the same object; one other is remembered."""
        if gallery is self.gallery:
            return self
        if self._other is None or self._other.gallery is not gallery:
            self._other = GalleryScores(gallery, self.identities, self.queries)
        return self._other

    def by(self, classifier: str, number: int, block: PairedEmbeddings) -> Floats:
        """The scores of one block of queries by one of the two classifiers.

        Args:
            classifier: `nearest_neighbour` or `nearest_class_mean`.
            number: of the block.
            block: its embeddings.

        Returns:
            (b, identities), not to be changed.
        """
        if self._of_block[0] != number:
            self._of_block = (number, {})
        scores = self._of_block[1]
        if classifier not in scores:
            scores[classifier] = self._classifiers[classifier](block)
        return scores[classifier]

    def both(self, number: int, block: PairedEmbeddings) -> Floats:
        """The mean of the two scores of one block (`ensemble.gallery_ensemble`).

        Args:
            number: of the block.
            block: its embeddings.

        Returns:
            (b, identities), not to be changed.
        """
        if number in self._kept:
            return self._kept[number]
        nearest, mean = (self.by(name, number, block) for name in self._classifiers)
        scores = np.asarray((nearest + mean) / 2, dtype=np.float32)
        if scores.nbytes * (len(self._kept) + 1) <= _KEPT:
            self._kept[number] = scores
        return scores


def rank_together(fitted: Mapping[str, FittedClassifier], by_gallery: GalleryScores) -> dict[str, tuple[TopK, float]]:
    """The top k by each of some classifiers, fitted under one strategy with one seed.

    Args:
        fitted: by name.
        by_gallery: the scores of the queries by their gallery.

    Returns:
        {name: (equal to `rank(classifier.score, queries)`, the seconds that it took)}.
    """
    parts: dict[str, list[TopK]] = {name: [] for name in fitted}
    seconds = dict.fromkeys(fitted, 0.0)
    for number, block in enumerate(in_blocks(by_gallery.queries)):
        by_head: Floats | None = None
        for name, one in fitted.items():
            started = perf_counter()
            if name in ("nearest_neighbour", "nearest_class_mean"):
                scores = by_gallery.by(name, number, block)
            elif name in WITH_COSINE_HEAD:
                by_head = one.by_head(block) if by_head is None else by_head
                is_ensemble = name == "ensemble"
                scores = combine_scores(by_gallery.both(number, block), by_head) if is_ensemble else by_head
            else:
                scores = one.score(block)
            parts[name].append(rank_block(scores.copy()))
            seconds[name] += perf_counter() - started
    return {name: (concatenate(parts[name]), seconds[name]) for name in fitted}

"""Several photographs of one individual as one query: the mean of their scores.

`benchmarks/calibration.py` compares it with the mean of the log odds, and with the highest score, which makes a new
individual look like a known one the more often, the more photographs there are. The sum of log odds would take
photographs of one encounter for independent ones. A single photograph is answered as alone. Where marks are compared,
what they say for a candidate is averaged likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings
from longtail.recognition.local_matching.common_marks import Sharing
from longtail.recognition.local_matching.fusion import Fusion
from longtail.recognition.local_matching.keypoints import Keypoints
from longtail.recognition.local_matching.shortlist import CANDIDATES, LabelledMarks, photographs_by_marks
from longtail.recognition.local_matching.supporting import ByMarks
from longtail.recognition.top_k import NONE, Classifier, Gallery, TopK, best_match, rank_scores, similarities


class Combined(NamedTuple):
    """The answer for one individual, and what its marks say."""

    top_k: TopK  # (1, 5)
    by_marks: ByMarks | None = None  # None: marks are not compared
    sharing: Sequence[Sharing] = ()  # n times: of each keypoint of a photograph, how many candidates it matches


def combined(classifier: Classifier, views: PairedEmbeddings) -> TopK:
    """The best known identities of one individual.

    Args:
        classifier: gives the scores.
        views: embeddings of n photographs of it.

    Returns:
        The top k (1, 5) by the mean score.
    """
    return rank_scores([classifier(views).mean(axis=0, keepdims=True)])


def combined_with_marks(
    classifier: Classifier,
    views: PairedEmbeddings,
    keypoints: Sequence[Keypoints],
    marks: LabelledMarks,
    fusion: Fusion,
) -> Combined:
    """The best known identities of one individual, by its embeddings and its marks.

    Args:
        classifier: gives the scores.
        views: embeddings of n photographs of it.
        keypoints: of these.
        marks: the labelled photographs.
        fusion: of scores and marks.

    Returns:
        The top k, and of each candidate the labelled photograph that shares most marks with one of the n.
    """
    wide = rank_scores([classifier(views).mean(axis=0, keepdims=True)], CANDIDATES)
    rows = marks.photographs(wide.identity.repeat(len(views), axis=0), views.normalised())
    counted = [marks.count(one, own) for one, own in zip(keypoints, rows, strict=True)]
    numbers = np.array([one.marks for one in counted])
    top_k = fusion.top_k(wide, fusion.evidence(numbers).mean(axis=0, keepdims=True))
    names = [marks.names(own, one) for own, one in zip(rows, counted, strict=True)]
    shared = [names[photograph][candidate] for candidate, photograph in enumerate(numbers.argmax(axis=0).tolist())]
    by_marks = photographs_by_marks(wide.identity[0].tolist(), shared, numbers.max(axis=0).tolist())
    return Combined(top_k, by_marks, [one.sharing for one in counted])


def best_matches(identities: Ints, views: PairedEmbeddings, gallery: Gallery) -> Ints:
    """The labelled photograph of each candidate that is most similar to one of the photographs.

    Args:
        identities: (k,), the candidates.
        views: embeddings of n photographs of one individual, normalised.
        gallery: the labelled photographs.

    Returns:
        Rows of the gallery, (k,); NONE where the identity has no photograph that may be compared.
    """
    rows = best_match(np.repeat(identities[None, :], len(views), axis=0), views, gallery)
    if not len(gallery.identity):
        return np.asarray(rows[0])
    cosines: Floats = np.take_along_axis(similarities(views, gallery.views), np.maximum(rows, 0), axis=1)
    nearest = np.where(rows == NONE, -np.inf, cosines).argmax(axis=0)
    return np.asarray(rows[nearest, np.arange(len(identities))])

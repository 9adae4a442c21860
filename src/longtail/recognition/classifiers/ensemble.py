"""The ensemble: mean of the scores of nearest neighbour, class mean and cosine head."""

from __future__ import annotations

import numpy as np

from longtail.recognition.classifiers.class_mean import class_mean
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.embeddings import Floats
from longtail.recognition.top_k import Classifier, Gallery


def gallery_ensemble(gallery: Gallery, identities: int) -> Classifier:
    """The mean score of the two classifiers that need no fit.

    Args:
        gallery: the labelled photographs.
        identities: how many there are.

    Returns:
        A function: embeddings of n photographs -> scores (n, identities).
    """
    nearest, mean = nearest_neighbour(gallery, identities), class_mean(gallery, identities)
    return lambda queries: np.asarray((nearest(queries) + mean(queries)) / 2, dtype=np.float32)


def combine_scores(gallery_scores: Floats, head_scores: Floats) -> Floats:
    """Nearest neighbour, class mean and cosine head with a weight of 1/3 each.

    Args:
        gallery_scores: (n, identities), of `gallery_ensemble`: two of the three.
        head_scores: (n, identities), of the cosine head.

    Returns:
        (n, identities); -inf where one of them has no score.
    """
    return np.asarray((2 * gallery_scores + head_scores) / 3, dtype=np.float32)

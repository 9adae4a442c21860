"""Nearest class mean: an identity scores by the mean embedding of its labelled photographs."""

from __future__ import annotations

import numpy as np

from longtail.recognition.classifiers.base import Head, head_classifier
from longtail.recognition.embeddings import Floats, Ints, concat_views
from longtail.recognition.top_k import Classifier, Gallery


def class_mean(gallery: Gallery, identities: int) -> Classifier:
    """Nearest class mean by cosine similarity, on photographs and mirror images side by side.

    Mensink et al. 2013, "Distance-based image classification".

    Args:
        gallery: the labelled photographs.
        identities: how many there are; one without a photograph scores -inf.

    Returns:
        A function: embeddings of n photographs -> cosines (n, identities).
    """
    present, classes = np.unique(gallery.identity, return_inverse=True)
    mean = class_means(concat_views(gallery.views), classes, len(present))
    head = Head(mean, np.zeros(len(mean), dtype=np.float32), "cosine", "both")
    return head_classifier(head, present, identities)


def class_means(vectors: Floats, classes: Ints, count: int) -> Floats:
    """Mean vector of each class.

    Args:
        vectors: (n, d).
        classes: (n,), counting from 0.
        count: number of classes.

    Returns:
        (count, d); zeros for a class without vectors.
    """
    order = np.argsort(classes, kind="stable")
    present, starts = np.unique(classes[order], return_index=True)
    mean = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    if len(present):
        sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float64)
        mean[present] = sums / np.bincount(classes, minlength=count)[present, None]
    return mean

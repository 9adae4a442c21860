"""A classifier by its name: the same for `evaluate`, for `predict`, and for whoever reads an identifier's files."""

from __future__ import annotations

from longtail.recognition.classifiers.base import Head, head_classifier
from longtail.recognition.classifiers.class_mean import class_mean
from longtail.recognition.classifiers.comparable import among_comparable
from longtail.recognition.classifiers.ensemble import combine_scores, gallery_ensemble
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.embeddings import Ints
from longtail.recognition.top_k import Classifier, Gallery


def build(name: str, gallery: Gallery, head: Head | None, columns: Ints, identities: int) -> Classifier:
    """The classifier `name`.

    Args:
        name: one of CLASSIFIERS.
        gallery: the labelled photographs.
        head: the fitted layer, for all but the gallery classifiers.
        columns: (classes,), the identity of each class of `head` as a number.
        identities: how many there are.

    Returns:
        A function: embeddings of n photographs -> scores (n, identities), of comparable photographs alone.

    Raises:
        ValueError: this classifier needs a head.
    """
    return among_comparable(lambda part: _build(name, part, head, columns, identities), gallery, identities)


def _build(name: str, gallery: Gallery, head: Head | None, columns: Ints, identities: int) -> Classifier:
    if name == "nearest_neighbour":
        return nearest_neighbour(gallery, identities)
    if name == "nearest_class_mean":
        return class_mean(gallery, identities)
    if head is None:
        raise ValueError(f"{name!r} needs a head")
    by_head = head_classifier(head, columns, identities)
    if name != "ensemble":
        return by_head
    by_gallery = gallery_ensemble(gallery, identities)
    return lambda queries: combine_scores(by_gallery(queries), by_head(queries))

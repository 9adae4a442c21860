"""How embeddings become scores over identities. A scorer is a function; its scores compare over photographs.

All scores lie in [-1, 1]: cosines, and probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from longtail.recognition.embeddings import Floats, Ints, Views, beside, normalise, product
from longtail.recognition.top_k import Gallery, Scorer, similarities

SCORERS = ("nearest_neighbour", "nearest_class_mean", "ensemble", "cosine_classifier", "linear_probe", "trained_head")
"""In the order in which equals are preferred: what explains itself first."""
GALLERY_SCORERS = ("nearest_neighbour", "nearest_class_mean")
"""They compare with photographs; nothing is fitted."""

Form = Literal["softmax", "cosine"]
Reads = Literal["plain", "both", "each"]


@dataclass(frozen=True)
class Head:
    """The last layer of a classifier: `weight` (rows, d), `bias` (rows,).

    form: softmax gives probabilities of `embedding @ weight.T + bias`; cosine the cosines of embedding and row.
    reads: what an embedding is.
        plain: the photograph's, as the network made it.
        both: the photograph's and its mirror image's, each of length 1, side by side (`views.beside`).
        each: the photograph's for the first half of the rows, its mirror image's for the second half, which are the
            mirror images of the same classes; the score of a class is the mean of its two.
    """

    weight: Floats
    bias: Floats
    form: Form
    reads: Reads


def build(name: str, gallery: Gallery, head: Head | None, columns: Ints, identities: int) -> Scorer:
    """The scorer `name`: of a gallery, of a head whose class j is identity `columns[j]`, or of both.

    One definition for the comparison, for `predict` and for who reads an identifier from its files.
    """
    if name == "nearest_neighbour":
        return nearest_neighbour(gallery, identities)
    if name == "nearest_class_mean":
        return class_mean(gallery, identities)
    if head is None:
        raise ValueError(f"{name!r} needs a head")
    by_head = of_head(head, columns, identities)
    if name != "ensemble":
        return by_head
    by_gallery = both_by_gallery(gallery, identities)
    return lambda queries: combined(by_gallery(queries), by_head(queries))


def nearest_neighbour(gallery: Gallery, identities: int) -> Scorer:
    """The cosine of the most similar photograph of each identity; -inf for an identity without one.

    Similarities of a photograph and of its mirror image are averaged, each against the gallery's own mirror image:
    a fluke's mirror image is another fluke, so it is never compared with a plain one.
    """
    order = np.argsort(gallery.identity, kind="stable")
    views = gallery.views[order]
    present, starts = np.unique(gallery.identity[order], return_index=True)

    def score(queries: Views) -> Floats:
        scores = np.full((len(queries), identities), -np.inf, dtype=np.float32)
        if len(present):
            best = np.maximum.reduceat(similarities(queries.normalised(), views), starts, axis=1)
            scores[:, present] = best
        return scores

    return score


def class_mean(gallery: Gallery, identities: int) -> Scorer:
    """The cosine to the mean of each identity's photographs, seen with their mirror images; -inf without one.

    Nearest class mean: Mensink et al. 2013, "Distance-based image classification".
    """
    present, place = np.unique(gallery.identity, return_inverse=True)
    mean = means(beside(gallery.views), place, len(present))
    return of_head(Head(mean, np.zeros(len(mean), dtype=np.float32), "cosine", "both"), present, identities)


def means(vectors: Floats, classes: Ints, count: int) -> Floats:
    """Mean of the `vectors` (n, d) of each of `count` classes; zeros for a class without any."""
    order = np.argsort(classes, kind="stable")
    present, starts = np.unique(classes[order], return_index=True)
    found = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    if len(present):
        sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float64)
        found[present] = sums / np.bincount(classes, minlength=count)[present, None]
    return found


def of_head(head: Head, columns: Ints, identities: int) -> Scorer:
    """The scores of a head whose class j is identity `columns[j]`.

    A class that is no identity (a network trained with unknown as a class) has a negative column: it takes its share
    of the probability and is no candidate. An identity without a class scores -inf.
    """
    known = columns >= 0
    rows = normalise(head.weight) if head.form == "cosine" else head.weight

    def layer(embeddings: Floats) -> Floats:
        if head.form == "cosine":
            return np.asarray(np.clip(product(normalise(embeddings), rows), -1, 1), dtype=np.float32)
        return softmax(product(embeddings, rows) + head.bias)

    def score(queries: Views) -> Floats:
        found: Floats
        if head.reads == "both":
            found = layer(beside(queries))
        elif head.reads == "plain":
            found = layer(queries.plain)
        else:
            half = len(head.weight) // 2
            found = np.asarray((layer(queries.plain)[:, :half] + layer(queries.mirrored)[:, half:]) / 2, np.float32)
        scores = np.full((len(queries), identities), -np.inf, dtype=np.float32)
        scores[:, columns[known]] = found[:, known]
        return scores

    return score


def both_by_gallery(gallery: Gallery, identities: int) -> Scorer:
    """The mean of what nearest neighbour and class mean say."""
    nearest, mean = nearest_neighbour(gallery, identities), class_mean(gallery, identities)
    return lambda queries: np.asarray((nearest(queries) + mean(queries)) / 2, dtype=np.float32)


def combined(by_gallery: Floats, by_head: Floats) -> Floats:
    """Nearest neighbour, class mean and directions, a third each; who has no score by one of them has none."""
    return np.asarray((2 * by_gallery + by_head) / 3, dtype=np.float32)


def softmax(logits: Floats) -> Floats:
    """Probabilities (n, classes) of `logits`, computed without overflow."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

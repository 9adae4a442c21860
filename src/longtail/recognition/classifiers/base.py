"""What all classifiers share: their names, and the last layer (`Head`) as a classifier.

All scores lie in [-1, 1]: cosines or probabilities. They are comparable over photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from longtail.recognition.embeddings import (
    Floats,
    Ints,
    PairedEmbeddings,
    concat_views,
    first_columns,
    matmul_t,
    normalise,
)
from longtail.recognition.top_k import Classifier

CLASSIFIERS = (
    "nearest_neighbour",
    "nearest_class_mean",
    "ensemble",
    "cosine_classifier",
    "linear_probe",
    "trained_head",
)
"""In the order of preference between equal scores: the easiest to explain first."""
GALLERY_CLASSIFIERS = ("nearest_neighbour", "nearest_class_mean")
"""They compare with labelled photographs; nothing is fitted."""

RERANKED = ("nearest_neighbour", "nearest_class_mean", "ensemble", "cosine_classifier")
"""Their scores are cosines with labelled photographs, or with directions fitted on them, and can be re-ranked."""
NOT_RERANKED = "none"

Form = Literal["softmax", "cosine"]
Reads = Literal["plain", "both", "each"]


@dataclass(frozen=True)
class Head:
    """The last layer of a classifier: `weight` (rows, d), `bias` (rows,).

    form: softmax: probabilities of `embedding @ weight.T + bias`; cosine: cosines of embedding and row.
    reads: the input of the layer.
        plain: the embedding of the photograph, as the network gave it; of several networks side by side
            (`train.networks`) the first columns, as many as a row has: the head is the first network's.
        both: photograph and mirror image, each of unit length, side by side (`embeddings.concat_views`).
        each: the photograph for the first half of the rows, its mirror image for the second half; the second half are
            the mirrored classes in the same order, and the score of a class is the mean of its two.
    """

    weight: Floats
    bias: Floats
    form: Form
    reads: Reads


def head_classifier(head: Head, columns: Ints, identities: int) -> Classifier:
    """The classifier of a head.

    Args:
        head: the layer.
        columns: (classes,), the identity of each class as a number. Negative for a class that is no identity (a
            network trained with unknown as a class): it takes its share of the probability and is never predicted.
        identities: how many there are; one without a class scores -inf.

    Returns:
        A function: embeddings of n photographs -> scores (n, identities).
    """
    known = columns >= 0
    in_order = np.array_equal(columns, np.arange(identities))
    own = head.weight.shape[1]
    rows = normalise(head.weight) if head.form == "cosine" else head.weight

    def layer(embeddings: Floats) -> Floats:
        if head.form == "cosine":
            return np.asarray(np.clip(matmul_t(normalise(embeddings), rows), -1, 1), dtype=np.float32)
        return softmax(matmul_t(embeddings, rows) + head.bias)

    def score(queries: PairedEmbeddings) -> Floats:
        outputs: Floats
        if head.reads == "both":
            outputs = layer(concat_views(queries))
        elif head.reads == "plain":
            outputs = layer(first_columns(queries.plain, own))
        else:
            half = len(head.weight) // 2
            one, other = (layer(first_columns(view, own)) for view in (queries.plain, queries.mirrored))
            outputs = np.asarray((one[:, :half] + other[:, half:]) / 2, np.float32)
        if in_order:
            return outputs
        scores = np.full((len(queries), identities), -np.inf, dtype=np.float32)
        scores[:, columns[known]] = outputs[:, known]
        return scores

    return score


def softmax(logits: Floats) -> Floats:
    """Probabilities (n, classes) of `logits` (n, classes), computed without overflow."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

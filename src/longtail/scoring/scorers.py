"""How embeddings become scores over identities. A scorer is a function; its scores compare over photographs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from longtail.scoring.candidates import Gallery, Scorer, similarities
from longtail.scoring.views import Floats, Ints, Views, normalise, product

SCORERS = ("nearest_neighbour", "linear_head", "network_head")
"""In the order in which equals are preferred: what explains itself first."""


@dataclass(frozen=True)
class Head:
    """A linear layer: `weight` (classes, d), `bias` (classes,); `on_normalised` says what it was fitted on."""

    weight: Floats
    bias: Floats
    on_normalised: bool


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


def linear(head: Head, columns: Ints, identities: int) -> Scorer:
    """Softmax probabilities of a linear layer whose class j is identity `columns[j]`.

    A class that is no identity (a network trained with unknown as a class) has a negative column: it takes its share
    of the probability and is no candidate. An identity without a class scores -inf.
    """
    known = columns >= 0

    def score(queries: Views) -> Floats:
        scores = np.full((len(queries), identities), -np.inf, dtype=np.float32)
        embeddings = normalise(queries.plain) if head.on_normalised else queries.plain
        scores[:, columns[known]] = softmax(product(embeddings, head.weight) + head.bias)[:, known]
        return scores

    return score


def softmax(logits: Floats) -> Floats:
    """Probabilities (n, classes) of `logits`, computed without overflow."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

"""Nearest neighbour: an identity scores as its most similar labelled photograph."""

from __future__ import annotations

import numpy as np

from longtail.recognition.embeddings import Floats, PairedEmbeddings
from longtail.recognition.top_k import Classifier, Gallery, similarities


def nearest_neighbour(gallery: Gallery, identities: int) -> Classifier:
    """1-NN by cosine similarity, with test-time mirroring.

    Similarities of a photograph and of its mirror image are averaged, each against the gallery's own mirror image. A
    mirrored fluke looks like another individual, so a mirror image is never compared with a plain photograph.

    Args:
        gallery: the labelled photographs.
        identities: how many there are; one without a photograph scores -inf.

    Returns:
        A function: embeddings of n photographs -> cosines (n, identities).
    """
    order = np.argsort(gallery.identity, kind="stable")
    views = gallery.views[order]
    present, starts = np.unique(gallery.identity[order], return_index=True)

    def score(queries: PairedEmbeddings) -> Floats:
        scores = np.full((len(queries), identities), -np.inf, dtype=np.float32)
        if len(present):
            best = np.maximum.reduceat(similarities(queries.normalised(), views), starts, axis=1)
            scores[:, present] = best
        return scores

    return score

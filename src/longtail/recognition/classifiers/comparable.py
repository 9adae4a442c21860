"""A classifier that scores by comparable photographs alone: other sides and species are no candidates (`traits`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from longtail.recognition.embeddings import Bools, Floats, PairedEmbeddings
from longtail.recognition.top_k import Classifier, Gallery


def among_comparable(make: Callable[[Gallery], Classifier], gallery: Gallery, identities: int) -> Classifier:
    """A classifier for each combination of side and species, made of the photographs that may be compared with it.

    Args:
        make: gallery -> classifier, called once a combination.
        gallery: the labelled photographs.
        identities: how many there are.

    Returns:
        A function: embeddings of n photographs, with their traits -> scores (n, identities), -inf for an identity
        without a comparable photograph. `make(gallery)` itself where the data has neither sides nor species.
    """
    traits = gallery.views.traits
    if traits is None:
        return make(gallery)
    of_traits: dict[bytes, tuple[Classifier, Bools]] = {}

    def score(queries: PairedEmbeddings) -> Floats:
        if queries.traits is None:
            raise ValueError("the gallery has sides or species, the queries have none")
        scores = np.full((len(queries), identities), -np.inf, dtype=np.float32)
        for kind, rows in queries.traits.distinct():
            key = kind.numbers.tobytes()
            if key not in of_traits:
                kept = np.flatnonzero(kind.comparable(traits)[0])
                present = np.zeros(identities, dtype=bool)
                present[gallery.identity[kept]] = True
                of_traits[key] = make(Gallery(gallery.views[kept], gallery.identity[kept])), present
            classifier, present = of_traits[key]
            scores[rows] = np.where(present, classifier(queries[rows]), -np.inf)
        return scores

    return score

"""How candidates and "new" are ranked: by their probabilities, or by the threshold on the scores.

By probability the expected MAP@5 is highest where the probabilities are right: ranks weigh 1, 1/2, 1/3, ..., so the
most probable answer belongs first. `evaluate` compares both rules, and keeps the threshold where it scores higher.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set.calibration import Probabilities
from longtail.recognition.top_k import NEW, NONE, TOP_K, TopK

Rule = Literal["probability", "threshold"]
BY_PROBABILITY: Rule = "probability"
BY_THRESHOLD: Rule = "threshold"


def rank_by_probability(top_k: TopK, probabilities: Probabilities) -> Ints:
    """Candidates and NEW by descending probability; of equal ones candidates come first, in the order of their scores.

    Args:
        top_k: of n photographs.
        probabilities: of these photographs, with those of the candidates.

    Returns:
        Ranked identities (n, TOP_K); NONE where there are fewer.

    Raises:
        ValueError: the candidates have no probabilities.
    """
    if probabilities.candidates is None:
        raise ValueError("the candidates have no probabilities")
    identity = np.hstack([top_k.identity, np.full((len(top_k), 1), NEW, dtype=np.int64)])
    probability = np.hstack([probabilities.candidates, probabilities.new[:, None]])
    order = np.argsort(np.where(identity == NONE, 1.0, -probability), axis=1, kind="stable")
    return np.take_along_axis(identity, order[:, :TOP_K], axis=1)

"""Which kind of P(new) is fitted: the one with the lowest log loss, cross-fitted on the photographs it is chosen on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from longtail.metrics.probabilities import log_losses
from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set import new_probability
from longtail.recognition.open_set.calibration import SIMPLEST
from longtail.recognition.open_set.cross_fit import assign_halves
from longtail.recognition.open_set.new_probability import KINDS, sigmoid
from longtail.recognition.top_k import NEW, TopK

ENOUGH = 100
"""Under this many photographs nothing is compared, and P(new) is of the simplest kind."""


def compare_kinds(top_k: TopK, truth: Ints, clusters: Sequence[str], seed: int) -> dict[str, float]:
    """Log loss of P(new) by each kind, cross-fitted on two halves of these photographs.

    Args:
        top_k: of n photographs.
        truth: (n,), numbers of identities, or NEW.
        clusters: (n,), identities or groups, which stay whole.
        seed: of the halves.

    Returns:
        {kind: mean log loss}; empty where the photographs are too few, or a half holds only new or only known ones.
    """
    new = truth == NEW
    half_b = assign_halves(clusters, new, seed)
    if len(new) < ENOUGH or any(new[half].all() or not new[half].any() for half in (half_b, ~half_b)):
        return {}
    losses = {}
    for kind in KINDS:
        probability = np.empty(len(new))
        for fitted_on in (half_b, ~half_b):
            parameters = new_probability.fit(kind, top_k.score[fitted_on], new[fitted_on])
            probability[~fitted_on] = sigmoid(new_probability.logits(kind, parameters, top_k.score[~fitted_on]))
        losses[kind] = round(float(log_losses(probability, new).mean()), 6)
    return losses


def best_kind(losses: Mapping[str, float]) -> str:
    """The kind with the lowest log loss; the simplest where nothing was compared."""
    return min(losses, key=lambda kind: losses[kind]) if losses else SIMPLEST

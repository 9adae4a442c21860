"""One distribution for a photograph: the probability of a new individual, and that of each candidate.

P(new) comes from the best scores (`new_probability`), the candidates share the rest (`candidate_probability`). The
distribution holds for the share of unknowns it was fitted with. For another share P(new) is shifted by Bayes' rule
(Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities",
equation 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set import candidate_probability, new_probability
from longtail.recognition.open_set.new_probability import KINDS, FloatArray, sigmoid
from longtail.recognition.top_k import NEW, TopK

SIMPLEST = KINDS[0]
DIGITS = 6
"""Of scores in tables and files."""
PROBABILITY_DIGITS = 4
"""Of a photograph's probabilities, wherever they are written: one number on the screen, in tables and on pages."""


@dataclass(frozen=True)
class Calibration:
    """What turns scores into probabilities, fitted where `share` of the photographs is new."""

    kind: str  # one of KINDS
    new: tuple[tuple[float, ...], ...]  # as from `new_probability.fit`
    share: float
    inverse_temperature: float | None = None  # None: the candidates have no probabilities (earlier versions)
    log_tail: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self) | {"new": [list(row) for row in self.new]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """What `to_dict` wrote, or an earlier version: slope and intercept of a logistic curve over the best score."""
        if "kind" not in values:
            return cls("platt", ((values["intercept"], values["slope"]),), values["share"])
        return cls(**{**values, "new": tuple(tuple(row) for row in values["new"])})


@dataclass(frozen=True)
class Probabilities:
    """Of n photographs; what is missing to 1 is the probability of the other known identities."""

    new: FloatArray  # (n,)
    candidates: FloatArray | None  # (n, 5), in the order of the scores; None where there are none


def fit(kind: str, top_k: TopK, truth: Ints) -> Calibration | None:
    """Fit the distribution.

    Args:
        kind: of P(new), one of KINDS.
        top_k: of n photographs.
        truth: (n,), numbers of identities, or NEW.

    Returns:
        The calibration; None where all photographs are new, or all known.
    """
    new = truth == NEW
    if not new.any() or new.all():
        return None
    known = np.flatnonzero(~new)
    return Calibration(
        kind,
        new_probability.fit(kind, top_k.score, new),
        round(float(new.mean()), 9),
        *candidate_probability.fit(top_k[known], truth[known]),
    )


def probabilities(top_k: TopK, calibration: Calibration, share: float | None = None) -> Probabilities:
    """The distribution of each photograph. Where no identity may be compared with it, it is new.

    Args:
        top_k: of n photographs.
        calibration: as fitted.
        share: of unknowns that is expected; None: as in the fit.

    Returns:
        P(new) and the probability of each candidate.
    """
    logits = new_probability.logits(calibration.kind, calibration.new, top_k.score)
    if share is not None:
        logits = logits + _logit(share) - _logit(calibration.share)
    new = np.where(np.isneginf(top_k.best), 1.0, sigmoid(logits))
    if calibration.inverse_temperature is None:
        return Probabilities(new, None)
    known = candidate_probability.shares(top_k.score, calibration.inverse_temperature, calibration.log_tail)
    return Probabilities(new, (1.0 - new)[:, None] * known)


def _logit(share: float) -> float:
    with np.errstate(divide="ignore"):  # a share of 0 or 1 is certain: minus or plus infinity
        return float(np.log(np.float64(share)) - np.log1p(-np.float64(share)))

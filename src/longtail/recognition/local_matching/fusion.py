"""The score of a candidate from both: the classifier's, and the marks that its photograph shares with the query.

WildFusion (Čermák et al. 2024, "WildFusion: individual animal identification with calibrated similarity fusion")
calibrates both to probabilities and takes their mean. Here the calibrated number of marks is taken as log odds, and
its weight is fitted together with the classifier's score by one logistic regression: the log odds of independent
observations add up. Few parameters are fitted: a rising curve over the number of marks, and one weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.errors import BadInput, Problem
from longtail.recognition.embeddings import Bools, Floats
from longtail.recognition.top_k import NONE, TOP_K, TopK

FloatArray = NDArray[np.float64]

COUNTED = "common marks less"
"""How marks are counted (`count_marks`): a curve over numbers that were counted in another way says nothing."""
_WEAK = 1e3  # scikit-learn's C: a penalty that only decides between solutions that fit equally well


@dataclass(frozen=True)
class Fusion:
    """`(1 - weight) * score + weight * evidence`, the evidence by the number of marks, from 0 to 1."""

    corners: tuple[float, ...]  # numbers of marks (`count_marks`), rising
    heights: tuple[float, ...]  # evidence at the corners, from 0 to 1, rising; between them by straight lines
    weight: float

    def evidence(self, marks: FloatArray) -> FloatArray:
        """How much some numbers of matching marks say for a candidate, from 0 to 1; of any shape."""
        return np.asarray(np.interp(marks, self.corners, self.heights))

    def scores(self, scores: Floats, evidence: FloatArray) -> Floats:
        """The fused scores.

        Args:
            scores: of the classifier, any shape; -inf where there is no candidate.
            evidence: of the same shape.

        Returns:
            Of the same shape, in [-1, 1]; -inf where there is no candidate.
        """
        possible = np.isfinite(scores)
        fused = (1 - self.weight) * np.where(possible, scores, 0.0) + self.weight * evidence
        return np.where(possible, fused, -np.inf).astype(np.float32)

    def top_k(self, wide: TopK, evidence: FloatArray) -> TopK:
        """The best by the fused score; of equal ones the one that the classifier ranks higher.

        Args:
            wide: candidates of n photographs, TOP_K or more of each.
            evidence: of the same shape.

        Returns:
            The top TOP_K.
        """
        fused = self.scores(wide.score, evidence)
        order = np.argsort(-fused, axis=1, kind="stable")[:, :TOP_K]
        score = np.take_along_axis(fused, order, axis=1)
        identity = np.take_along_axis(wide.identity, order, axis=1)
        return TopK(np.where(np.isneginf(score), NONE, identity), score)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return values | {"counted": COUNTED}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fusion:
        """What `to_dict` wrote, among other entries or alone."""
        return cls(tuple(values["corners"]), tuple(values["heights"]), values["weight"])


def of_choice(choice: Mapping[str, Any]) -> Fusion | None:
    """What `evaluate` decided about the marks.

    Args:
        choice: the entries of choice.json or identifier.json, of this version or an earlier one.

    Returns:
        The fusion; None where the marks are not used.

    Raises:
        BadInput: the marks were counted in another way, by an earlier version.
    """
    entry = choice.get("local_matching") or {}
    if not entry.get("used"):
        return None
    if entry.get("counted") != COUNTED:
        problem = "an earlier version fitted how much matching marks say, and counted them in another way"
        raise BadInput(Problem(problem, "`make run` fits it again; an identifier elsewhere has to be copied again."))
    return Fusion.from_dict(entry)


def fit(scores: Floats, marks: FloatArray, right: Bools) -> Fusion | None:
    """Fit the curve and the weight on candidates of photographs whose answers are known.

    Args:
        scores: (n, c), of the classifier; -inf where there is no candidate.
        marks: (n, c), how many match (`count_marks`).
        right: (n, c), whether the candidate is the individual of the photograph.

    Returns:
        The fusion; None where more marks do not speak for a candidate, or nothing can be fitted.
    """
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    possible = np.isfinite(scores)
    score, number, answer = scores[possible].astype(np.float64), marks[possible], right[possible]
    if not answer.any() or answer.all():
        return None
    high, low = (answer.sum() + 1) / (answer.sum() + 2), 1 / ((~answer).sum() + 2)  # Platt's targets: never certain
    steps = IsotonicRegression(increasing=True, out_of_bounds="clip")
    steps.fit(number, np.where(answer, high, low))
    corners, odds = steps.X_thresholds_, _logit(steps.y_thresholds_)
    if odds[-1] <= odds[0]:
        return None
    heights = (odds - odds[0]) / (odds[-1] - odds[0])
    columns = np.stack([score, np.interp(number, corners, heights)], axis=1)
    scale = np.maximum(columns.std(axis=0), 1e-12)
    model = LogisticRegression(C=_WEAK, solver="newton-cholesky", tol=1e-8)
    model.fit((columns - columns.mean(axis=0)) / scale, answer)
    of_score, of_marks = np.maximum(model.coef_[0] / scale, 0.0)
    if of_marks <= 0:
        return None
    return Fusion(_plain(corners), _plain(heights), round(float(of_marks / (of_score + of_marks)), 9))


def _logit(probability: FloatArray) -> FloatArray:
    return np.asarray(np.log(probability) - np.log1p(-probability))


def _plain(values: FloatArray) -> tuple[float, ...]:
    return tuple(round(float(value), 9) for value in values)

"""What `predict` decides "new" with: threshold and calibration, fitted for the refitted classifier."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set import calibration
from longtail.recognition.open_set.calibration import DIGITS, PROBABILITY_DIGITS, SIMPLEST, Calibration, Probabilities
from longtail.recognition.open_set.ranking import BY_PROBABILITY, BY_THRESHOLD, Rule, rank_by_probability
from longtail.recognition.open_set.threshold import NEVER_NEW, fit_threshold, insert_new, share_weights
from longtail.recognition.top_k import NEW, TopK

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Ranking:
    """The rule that ranks the answers, and why `evaluate` chose it."""

    rule: Rule = BY_THRESHOLD
    why: str = "it was made by an earlier version, without probabilities of the candidates"


@dataclass(frozen=True)
class Decision:
    """The threshold below which "new" is predicted, what gives the probabilities, and which of the two ranks."""

    threshold: float | None
    threshold_on_valid: float | None  # the one of `evaluate`, fitted with the train fold alone
    calibration: Calibration | None
    unknown_share: float | None  # that both are made for; None: earlier versions did not write it
    ranking: Ranking = field(default_factory=Ranking)
    expectation_unmet: bool = False  # a share was expected that these photographs cannot be weighted to

    @property
    def by_probability(self) -> bool:
        """Whether the probabilities rank the answers, "new" among them."""
        known = self.calibration is not None and self.calibration.inverse_temperature is not None
        return known and self.threshold is not None and self.ranking.rule == BY_PROBABILITY

    @property
    def why_by_threshold(self) -> str:
        """Why the threshold ranks the answers although there are probabilities; `""` where it does not."""
        if self.by_probability or self.calibration is None or self.threshold is None:
            return ""
        return f"Ranked by the threshold on the scores, not by probability: {self.ranking.why}."

    def probabilities(self, top_k: TopK) -> Probabilities | None:
        """The probabilities of some photographs, for the expected share; None where nothing was fitted."""
        if self.calibration is None:
            return None
        return calibration.probabilities(top_k, self.calibration, self.unknown_share)

    def answers(self, top_k: TopK) -> Ints:
        """The answers to some photographs, (n, 5), best first, with NEW among them."""
        probabilities = self.probabilities(top_k) if self.by_probability else None
        return insert_new(top_k, self.threshold) if probabilities is None else rank_by_probability(top_k, probabilities)

    def to_dict(self) -> dict[str, Any]:
        """The entries of `identifier.json`."""
        return {
            "threshold": self.threshold,
            "threshold_on_valid": self.threshold_on_valid,
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
            "unknown_share": self.unknown_share,
            "ranking": vars(self.ranking),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Decision:
        """What `to_dict` wrote into identifier.json, of this version or an earlier one."""
        fitted = values.get("calibration")
        return cls(
            values.get("threshold"),
            values.get("threshold_on_valid"),
            Calibration.from_dict(fitted) if fitted else None,
            values.get("unknown_share"),
            Ranking(**values.get("ranking", {})),
        )


def fit_decision(
    top_k: TopK,
    truth: Ints,
    choice: Mapping[str, Any],
    share: float | None,
    *,
    can_say_new: bool,
) -> Decision:
    """Fit threshold and calibration on cross-fitted photographs (`cross_fit.cross_fit_top_k`).

    Args:
        top_k: of n photographs.
        truth: (n,), numbered as in `top_k`, or NEW.
        choice: as in choice.json: the threshold that `evaluate` fitted (where it is None, nothing is new and none is
            fitted), and the kind of calibration that it chose.
        share: fraction of unknowns expected in production. None: the validation fraction. 0: never rank "new" above a
            known identity.
        can_say_new: whether there is a label for "new".

    Returns:
        The decision; its threshold is None where "new" cannot be predicted.
    """
    new = truth == NEW
    here = float(new.mean()) if len(new) else 0.0
    weight = None if share is None else share_weights(new, share)
    threshold, threshold_on_valid = None, choice["threshold"]
    kind = calibration.Calibration.from_dict(choice["calibration"]).kind if choice.get("calibration") else SIMPLEST
    if can_say_new and threshold_on_valid is not None:
        threshold = NEVER_NEW if share == 0 else fit_threshold(top_k, truth, weight)
    return Decision(
        threshold,
        threshold_on_valid,
        calibration.fit(kind, top_k, truth),
        round(here if share is None else share, 9),
        Ranking(**choice.get("ranking", {})),
        share is not None and here in (0.0, 1.0) and share not in (0.0, here),
    )


def decisions_table(
    images: Sequence[str], ranked: Sequence[str], top_k: TopK, decision: Decision, without: Collection[str] = ()
) -> pd.DataFrame:
    """`decisions.parquet`: a row a test image.

    Args:
        images: all test images, in their order.
        ranked: those that have an embedding.
        top_k: of these.
        decision: threshold and calibration.
        without: images whose picture is labelled: the probabilities do not hold for them.

    Returns:
        image, best_score, probability_new, unknown_share (that the probability holds for), threshold; score and
        probability are empty for an image that could not be opened, the score also where no labelled photograph may be
        compared.
    """
    import pandas as pd

    finite = np.where(np.isfinite(top_k.best), top_k.best, np.nan)  # -inf: no labelled photograph may be compared
    scores = pd.DataFrame({"image": pd.Series(ranked, dtype="str"), "best_score": finite.astype(np.float64)})
    probabilities = decision.probabilities(top_k)
    scores["probability_new"] = np.nan if probabilities is None else probabilities.new
    scores.loc[scores["image"].isin(list(without)), "probability_new"] = np.nan
    rows = pd.DataFrame({"image": pd.Series(images, dtype="str")}).merge(scores, on="image", how="left")
    rows["unknown_share"] = rows["probability_new"].where(rows["probability_new"].isna(), decision.unknown_share)
    rows["threshold"] = np.nan if decision.threshold is None else decision.threshold
    rows = rows.astype(dict.fromkeys(rows.columns[1:], "float64"))
    return rows.round({"best_score": DIGITS, "probability_new": PROBABILITY_DIGITS})

"""What `predict` decides "new" with: threshold and calibration, fitted for the refitted classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set import calibration
from longtail.recognition.open_set.calibration import DIGITS, SIMPLEST, Calibration
from longtail.recognition.open_set.threshold import NEVER_NEW, fit_threshold, share_weights
from longtail.recognition.top_k import NEW, TopK


@dataclass(frozen=True)
class Decision:
    """The threshold below which "new" is predicted, and the curve that gives its probability."""

    threshold: float | None
    threshold_on_valid: float | None  # the one of `evaluate`, fitted with the train fold alone
    calibration: Calibration | None
    unknown_share: float  # that both are made for
    expectation_unmet: bool = False  # a share was expected that these photographs cannot be weighted to

    def to_dict(self) -> dict[str, Any]:
        """The entries of `identifier.json`."""
        return {
            "threshold": self.threshold,
            "threshold_on_valid": self.threshold_on_valid,
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
            "unknown_share": self.unknown_share,
        }


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
        share is not None and here in (0.0, 1.0) and share not in (0.0, here),
    )


def decisions_table(images: Sequence[str], ranked: Sequence[str], top_k: TopK, decision: Decision) -> pd.DataFrame:
    """`decisions.parquet`: a row a test image.

    Args:
        images: all test images, in their order.
        ranked: those that have an embedding.
        top_k: of these.
        decision: threshold and calibration.

    Returns:
        image, best_score, probability_new, threshold; score and probability are empty for an image that could not be
        opened, the score also where no labelled photograph may be compared.
    """
    finite = np.where(
        np.isfinite(top_k.best), top_k.best, np.nan
    )  # -inf: no labelled photograph may be compared with it
    scores = pd.DataFrame({"image": pd.Series(ranked, dtype="str"), "best_score": finite.astype(np.float64)})
    curve = decision.calibration
    scores["probability_new"] = (
        np.nan if curve is None else calibration.probabilities(top_k, curve, decision.unknown_share).new
    )
    rows = pd.DataFrame({"image": pd.Series(images, dtype="str")}).merge(scores, on="image", how="left")
    rows["threshold"] = np.nan if decision.threshold is None else decision.threshold
    return rows.astype(dict.fromkeys(rows.columns[1:], "float64")).round(
        {"best_score": DIGITS, "probability_new": DIGITS}
    )

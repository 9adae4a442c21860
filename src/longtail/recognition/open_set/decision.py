"""When `predict` says "new": its threshold, and how likely new is, fitted on what comes after the refit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set import calibration
from longtail.recognition.open_set.calibration import DIGITS, Calibration
from longtail.recognition.open_set.threshold import NEVER_NEW, fit_threshold, share_weights
from longtail.recognition.top_k import NEW, Candidates


@dataclass(frozen=True)
class Decision:
    """The threshold under which "new" is said, and the curve that tells how likely it is."""

    threshold: float | None
    threshold_on_valid: float | None  # the one of `evaluate`, against the train fold alone
    calibration: Calibration | None
    unknown_share: float  # that both are made for
    expectation_unmet: bool = False  # a share was expected that these photographs cannot be weighed to

    def told(self) -> dict[str, Any]:
        """What `identifier.json` says of it."""
        return {
            "threshold": self.threshold,
            "threshold_on_valid": self.threshold_on_valid,
            "calibration": None if self.calibration is None else asdict(self.calibration),
            "unknown_share": self.unknown_share,
        }


def decide(
    candidates: Candidates, truth: Ints, threshold_on_valid: float | None, share: float | None, *, can_say_new: bool
) -> Decision:
    """Fit both on photographs that were ranked as after the refit (`crossing.cross`).

    Args:
        candidates: of n photographs.
        truth: (n,), counts as the candidates do, or is NEW.
        threshold_on_valid: what `evaluate` fitted; None where nothing is new, and then none is fitted here.
        share: of unknowns that is expected at work; None: as many as here; 0: names come first whatever their score.
        can_say_new: whether there is a word to say it with.
    """
    new = truth == NEW
    here = float(new.mean()) if len(new) else 0.0
    weight = None if share is None else share_weights(new, share)
    fitted = None
    if can_say_new and threshold_on_valid is not None:
        fitted = NEVER_NEW if share == 0 else fit_threshold(candidates, truth, weight)
    return Decision(
        fitted,
        threshold_on_valid,
        calibration.fit(candidates.best, new),
        round(here if share is None else share, 9),
        share is not None and here in (0.0, 1.0) and share not in (0.0, here),
    )


def table(images: Sequence[str], ranked: Sequence[str], best: NDArray[np.float32], decision: Decision) -> pd.DataFrame:
    """`decisions.parquet`: a row a test image; score and probability are empty for one that could not be opened.

    Args:
        images: all test images, in their order.
        ranked: those that were ranked.
        best: the score of the best known candidate of each of `ranked`.
        decision: threshold and curve.
    """
    found = pd.DataFrame({"image": pd.Series(ranked, dtype="str"), "best_score": best.astype(np.float64)})
    curve = decision.calibration
    found["probability_new"] = (
        np.nan if curve is None else calibration.probability_new(best, curve, decision.unknown_share)
    )
    rows = pd.DataFrame({"image": pd.Series(images, dtype="str")}).merge(found, on="image", how="left")
    rows["threshold"] = np.nan if decision.threshold is None else decision.threshold
    return rows.astype(dict.fromkeys(rows.columns[1:], "float64")).round(
        {"best_score": DIGITS, "probability_new": DIGITS}
    )

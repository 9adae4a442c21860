"""Which rule ranks the answers: by probability, unless that scores lower on photographs that nothing was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longtail.evaluation.calibrated import Calibrated
from longtail.evaluation.scorecard import BootstrapConfig, interval
from longtail.metrics import difference
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Ints
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set.ranking import BY_PROBABILITY, BY_THRESHOLD, Rule


@dataclass(frozen=True)
class RankingRule:
    """The rule, the reason in words, and the paired difference of MAP@5, by probability minus by threshold."""

    rule: Rule
    why: str
    gain: tuple[float, float, float] | None = None  # with its interval; None where it was not measured

    def to_dict(self) -> dict[str, Any]:
        """The entry of `choice.json`."""
        return {"rule": self.rule, "why": self.why}

    def metrics(self) -> dict[str, float | None]:
        """For `metrics.json`."""
        names = ("ranking_gain", "ranking_gain_low", "ranking_gain_high")
        values: Sequence[float | None] = self.gain or (None, None, None)
        return {name: None if value is None else round(value, 6) for name, value in zip(names, values, strict=True)}


def compare_rules(
    calibrated: Calibrated, by_threshold: Ints, eval_set: EvalSet, bootstrap: BootstrapConfig
) -> RankingRule:
    """Compare both rules on the same photographs, each ranked by what the other half fitted.

    Args:
        calibrated: cross-fitted probabilities.
        by_threshold: (n, 5), the predictions with the cross-fitted threshold.
        eval_set: ground truth.
        bootstrap: of the interval.

    Returns:
        By probability, unless the whole interval of the difference lies below 0, or nothing was measured.
    """
    by_probability = calibrated.ranked()
    if by_probability is None:
        why = "probabilities were not measured: each half of the held-out photographs needs known and new individuals"
        return RankingRule(BY_THRESHOLD, why)
    gain = average_precision(by_probability, eval_set.truth) - average_precision(by_threshold, eval_set.truth)
    low, high = interval(gain, eval_set, np.ones(len(gain), dtype=bool), bootstrap)
    value = float(gain.mean())
    figures = f"{value:+.3f} [{low:+.3f}, {high:+.3f}] MAP@5 on {len(gain):,} held-out photographs"
    if difference.verdict(low, high) == "worse":
        return RankingRule(BY_THRESHOLD, f"ranking by probability scored lower: {figures}", (value, low, high))
    return RankingRule(BY_PROBABILITY, f"compared with ranking by the threshold: {figures}", (value, low, high))

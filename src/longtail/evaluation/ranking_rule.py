"""Which rule ranks the predictions: by probability, unless the threshold is shown to be better (`paired_choice`).

By probability is the default: predictions then stand in the order of the probabilities that are written beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longtail.evaluation import paired_choice
from longtail.evaluation.calibrated import Calibrated
from longtail.evaluation.grid import Candidate
from longtail.evaluation.paired_choice import BootstrapStatistic, Fold, HeldOut
from longtail.evaluation.refitted_threshold import by_threshold
from longtail.evaluation.selection_report import Selections
from longtail.metrics.difference import Difference
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set import calibration
from longtail.recognition.open_set.ranking import BY_PROBABILITY, BY_THRESHOLD, Rule, rank_by_probability
from longtail.recognition.top_k import TopK

_NOT_MEASURED = "probabilities were not measured: each half of the held-out photographs needs known and new individuals"


@dataclass(frozen=True)
class RankingRule:
    """The rules of half a and half b, each of which ranks the other half, and that of all with its reason."""

    on_a: Rule
    on_b: Rule
    rule: Rule
    why: str
    gain: Difference | None = None  # on all, by probability less by threshold; None where it was not measured

    def to_dict(self) -> dict[str, Any]:
        """The entry of `choice.json`."""
        return {"rule": self.rule, "why": self.why}

    def metrics(self) -> dict[str, float | None]:
        """For `metrics.json`."""
        return paired_choice.metrics("ranking_gain", self.gain)


def compare_rules(
    calibrated: Calibrated, candidates: Sequence[Candidate], selections: Selections, held_out: HeldOut
) -> RankingRule:
    """Compare both rules on each half and on all, each ranked by what the other half of these fitted.

    Args:
        calibrated: cross-fitted probabilities.
        candidates: what was compared.
        selections: on each half, and on all.
        held_out: the scored photographs.

    Returns:
        By probability, unless the threshold is shown to be better, or probabilities were not measured.
    """
    if not calibrated.halves or calibrated.fitted is None:
        return RankingRule(BY_THRESHOLD, BY_THRESHOLD, BY_THRESHOLD, _NOT_MEASURED)
    by_a, by_b = (half.fitted for half in calibrated.halves)
    kinds = by_a.kind, by_b.kind, calibrated.fitted.kind
    selected = paired_choice.selected_on_each(selections)
    gains = [
        measured(candidates[index].top_k, kind, fold, held_out)
        for index, kind, fold in zip(selected, kinds, held_out.folds(), strict=True)
    ]
    on_a, on_b, rule = (BY_THRESHOLD if gain and paired_choice.is_used(gain) else BY_PROBABILITY for gain in gains)
    if gains[2] is None:
        return RankingRule(on_a, on_b, rule, _NOT_MEASURED)
    gain = paired_choice.negated(gains[2])
    by_probability = "compared with ranking by the threshold, which is not shown to be better"
    why = "ranking by probability scored lower" if rule == BY_THRESHOLD else by_probability
    return RankingRule(on_a, on_b, rule, f"{why}: {paired_choice.in_words(gain)}", gain)


def measured(top_k: TopK, kind: str, fold: Fold, held_out: HeldOut) -> Difference | None:
    """The gain of ranking by the threshold over ranking by probability.

    Args:
        top_k: of the n scored photographs.
        kind: of P(new).
        fold: the photographs to measure on.
        held_out: all scored photographs.

    Returns:
        The paired difference; None where a half of these holds only new or only known photographs.
    """
    probable = _by_probability(top_k, kind, held_out.truth, fold)
    if probable is None:
        return None
    return held_out.compare(fold, probable, by_threshold(top_k, top_k, held_out.truth, fold))


def _by_probability(top_k: TopK, kind: str, truth: Ints, fold: Fold) -> BootstrapStatistic | None:
    """Each half by the calibration that the other one fits. It is not fitted again: its few coefficients vary little.

    Returns:
        The statistic; None where a half holds only new or only known photographs.
    """
    precision = np.empty(len(fold.rows))
    for fitted_on in (fold.half_b, ~fold.half_b):
        fitted, scored = fold.rows[fitted_on], fold.rows[~fitted_on]
        curve = calibration.fit(kind, top_k[fitted], truth[fitted])
        if curve is None:
            return None
        of_scored = calibration.probabilities(top_k[scored], curve)
        precision[~fitted_on] = average_precision(rank_by_probability(top_k[scored], of_scored), truth[scored])
    return lambda counts: counts @ precision

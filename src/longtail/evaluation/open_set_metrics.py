"""Open-set metrics of the selected model: cost of the threshold, and calibration of the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation import calibrated, calibration_figures, paired_choice, ranking_rule, threshold_curves
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.paired_choice import HeldOut
from longtail.evaluation.selection_report import Selections
from longtail.recognition.embeddings import Ints
from longtail.recognition.open_set.calibration import PROBABILITY_DIGITS, Probabilities
from longtail.recognition.open_set.ranking import BY_PROBABILITY, BY_THRESHOLD, Rule


@dataclass(frozen=True)
class OpenSetReport:
    """The tables by the name of their file, the metrics, and the entries of `choice.json`."""

    tables: dict[str, pd.DataFrame]
    metrics: dict[str, float | None]
    choice: dict[str, Any]
    halves: dict[str, Rule]  # what ranks, as each half chose
    probabilities: Probabilities | None  # of all scored photographs, each by the other half

    def update_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        """`choice.json` with calibration and ranking."""
        halves = {half: choice[half] | {"ranking": rule} for half, rule in self.halves.items()}
        return choice | halves | self.choice

    def with_probabilities(self, table: pd.DataFrame) -> pd.DataFrame:
        """`predictions.parquet` with the probabilities of "new" and of the best known candidate.

        Args:
            table: a row a scored photograph.

        Returns:
            With `probability_new` and `probability_known`, empty where they were not measured.
        """
        probabilities = self.probabilities
        if probabilities is None or probabilities.candidates is None:
            return table.assign(probability_new=np.nan, probability_known=np.nan)
        new, known = (
            values.round(PROBABILITY_DIGITS) for values in (probabilities.new, probabilities.candidates[:, 0])
        )
        return table.assign(probability_new=new, probability_known=known)


def measure(
    candidates: Sequence[Candidate], selections: Selections, result: CrossFitResult, held_out: HeldOut
) -> tuple[CrossFitResult, OpenSetReport]:
    """Compute open-set curves and calibration for the selected model, and choose the rule that ranks the answers.

    Each photograph is scored with the threshold, the calibration and the rule of the other half (2-fold cross-fitting).

    Args:
        candidates: what was compared.
        selections: on each half, and on all.
        result: predictions of the two-fold procedure, ranked by the threshold.
        held_out: the scored photographs.

    Returns:
        The predictions by the chosen rules, and the report.
    """
    truth, half_b, bootstrap = held_out.truth, held_out.half_b, held_out.bootstrap
    on_a, on_b, on_all = (candidates[index].top_k for index in paired_choice.selected_on_each(selections))
    distribution = calibrated.calibrate(candidates, selections, held_out.eval_set, half_b, bootstrap.seed)
    figures = calibration_figures.figures(distribution, held_out.eval_set, half_b, bootstrap)
    rules = ranking_rule.compare_rules(distribution, candidates, selections, held_out)
    probable = np.where(half_b, rules.on_a == BY_PROBABILITY, rules.on_b == BY_PROBABILITY)

    def answers(share: float | None) -> Ints:
        """Of each half by the rule of the other."""
        limited = threshold_curves.by_threshold(((on_a, ~half_b), (on_b, half_b)), truth, share)
        ranked = distribution.ranked(share)
        return limited if ranked is None else np.where(probable[:, None], ranked, limited)

    result = replace(result, open=answers(None))
    threshold = selections.on_all.threshold if rules.rule == BY_THRESHOLD else None
    by_rule = on_all if rules.rule == BY_THRESHOLD else None
    tables = {
        "threshold_curve": threshold_curves.threshold_curve(on_all, truth, threshold, result.open),
        "share_curve": threshold_curves.share_curve(answers, truth, by_rule),
        "reliability": calibrated.reliability_table(distribution),
        "calibration": figures,
        "calibrators": distribution.kinds,
    }
    fitted = distribution.fitted
    choice = {"calibration": None if fitted is None else fitted.to_dict(), "ranking": rules.to_dict()}
    metrics = calibration_figures.headline(figures) | rules.metrics()
    halves = {"chosen_on_half_a": rules.on_a, "chosen_on_half_b": rules.on_b}
    return result, OpenSetReport(tables, metrics, choice, halves, distribution.probabilities())

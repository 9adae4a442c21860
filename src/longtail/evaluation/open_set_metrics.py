"""Open-set metrics of the selected model: cost of the threshold, and calibration of the probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from longtail.evaluation import calibrated, calibration_figures, ranking_rule, threshold_curves
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set.calibration import PROBABILITY_DIGITS, Probabilities
from longtail.recognition.open_set.ranking import BY_PROBABILITY


@dataclass(frozen=True)
class OpenSetReport:
    """The tables by the name of their file, the metrics, and the entries of `choice.json`."""

    tables: dict[str, pd.DataFrame]
    metrics: dict[str, float | None]
    choice: dict[str, Any]
    probabilities: Probabilities | None  # of all scored photographs, each by the other half

    def with_probabilities(self, table: pd.DataFrame) -> pd.DataFrame:
        """`predictions.parquet` with the probabilities of "new" and of the best known candidate.

        Args:
            table: a row a scored photograph.

        Returns:
            With `probability_new` and `probability_known`, empty where they were not measured.
        """
        told = self.probabilities
        if told is None or told.candidates is None:
            return table.assign(probability_new=np.nan, probability_known=np.nan)
        new, known = (values.round(PROBABILITY_DIGITS) for values in (told.new, told.candidates[:, 0]))
        return table.assign(probability_new=new, probability_known=known)


def measure(
    candidates: Sequence[Candidate],
    selections: Selections,
    result: CrossFitResult,
    eval_set: EvalSet,
    half_b: Bools,
    bootstrap: BootstrapConfig,
) -> tuple[CrossFitResult, OpenSetReport]:
    """Compute open-set curves and calibration for the selected model, and choose the rule that ranks the answers.

    Each photograph is scored with the threshold and the calibration fitted on the other half (2-fold cross-fitting).

    Args:
        candidates: what was compared.
        selections: on each half, and on all.
        result: predictions of the two-fold procedure, ranked by the threshold.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.
        bootstrap: of the intervals.

    Returns:
        The predictions by the chosen rule, and the report.
    """
    truth = eval_set.truth
    on_a, on_b, on_all = (
        candidates[selection.candidate].top_k for selection in (selections.on_a, selections.on_b, selections.on_all)
    )
    distribution = calibrated.calibrate(candidates, selections, eval_set, half_b, bootstrap.seed)
    figures = calibration_figures.figures(distribution, eval_set, half_b, bootstrap)
    rule = ranking_rule.compare_rules(distribution, result.open, eval_set, bootstrap)
    threshold, answers = selections.on_all.threshold, None
    if rule.rule == BY_PROBABILITY:
        threshold, answers = None, cast("Callable[[float | None], Ints]", distribution.ranked)
        result = replace(result, open=answers(None))
    tables = {
        "threshold_curve": threshold_curves.threshold_curve(on_all, truth, threshold, result.open),
        "share_curve": threshold_curves.share_curve(on_a, on_b, on_all, truth, half_b, answers),
        "reliability": calibrated.reliability_table(distribution),
        "calibration": figures,
        "calibrators": distribution.kinds,
    }
    fitted = distribution.fitted
    choice = {"calibration": None if fitted is None else fitted.to_dict(), "ranking": rule.to_dict()}
    metrics = calibration_figures.headline(figures) | rule.metrics()
    return result, OpenSetReport(tables, metrics, choice, distribution.probabilities())

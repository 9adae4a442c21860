"""Open-set metrics of the selected model: cost of the threshold, and calibration of the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from longtail.evaluation import calibrated, calibration_figures, threshold_curves
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.recognition.embeddings import Bools
from longtail.recognition.eval_set import EvalSet


@dataclass(frozen=True)
class OpenSetReport:
    """The tables by the name of their file, the metrics, and the calibration that goes into `choice.json`."""

    tables: dict[str, pd.DataFrame]
    metrics: dict[str, float | None]
    calibration: dict[str, Any] | None


def measure(
    candidates: Sequence[Candidate],
    selections: Selections,
    result: CrossFitResult,
    eval_set: EvalSet,
    half_b: Bools,
    bootstrap: BootstrapConfig,
) -> OpenSetReport:
    """Compute open-set curves and calibration for the selected model.

    Each photograph is scored with the threshold and the calibration fitted on the other half (2-fold cross-fitting).

    Args:
        candidates: what was compared.
        selections: on each half, and on all.
        result: predictions of the two-fold procedure.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.
        bootstrap: of the intervals.

    Returns:
        The report.
    """
    truth = eval_set.truth
    on_a, on_b, on_all = (
        candidates[selection.candidate].top_k for selection in (selections.on_a, selections.on_b, selections.on_all)
    )
    distribution = calibrated.calibrate(candidates, selections, eval_set, half_b, bootstrap.seed)
    figures = calibration_figures.figures(distribution, eval_set, half_b, bootstrap)
    tables = {
        "threshold_curve": threshold_curves.threshold_curve(on_all, truth, selections.on_all.threshold, result.open),
        "share_curve": threshold_curves.share_curve(on_a, on_b, on_all, truth, half_b),
        "reliability": calibrated.reliability_table(distribution),
        "calibration": figures,
        "calibrators": distribution.kinds,
    }
    fitted = distribution.fitted
    return OpenSetReport(tables, calibration_figures.headline(figures), None if fitted is None else fitted.to_dict())
